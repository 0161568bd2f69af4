namespace Nhi.Evidence.Storage;

/// <summary>What a store said to a create.</summary>
public enum CreateAnswer
{
    /// <summary>The blob is ours and durable.</summary>
    Created,

    /// <summary>403, 409 or 412: something may be at that name. Read it before you conclude anything.</summary>
    Refused,
}
