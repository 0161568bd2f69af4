namespace Nhi.Evidence.Records;

/// <summary>What the guard does about a value that looks like a secret.</summary>
public enum GuardMode
{
    /// <summary>Replaces it by <c>[withheld]</c> and names the member in <c>withheld</c>: production, since evidence must not stop a revocation.</summary>
    Withhold,

    /// <summary>Throws <see cref="SecretInRecordException"/>: tests.</summary>
    Throw,
}
