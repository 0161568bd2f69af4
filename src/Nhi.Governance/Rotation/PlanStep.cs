using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;

namespace Nhi.Governance.Rotation;

/// <summary>One step of a plan: what execution does is what <c>nhi plan</c> prints.</summary>
public abstract record PlanStep
{
    /// <summary>For a person.</summary>
    public abstract string Describe();
}

/// <summary>Chooses a value and writes it down under <paramref name="Rotation"/> in the staging vault, unless it stands there already.</summary>
public sealed record StageValue(string Rotation) : PlanStep
{
    public override string Describe() => $"stage a new value under {Rotation}";
}

/// <summary>Makes the new secret at the provider. <paramref name="Target"/>: slot or principal, null for a new key id; <paramref name="Expires"/>: the end to ask for, UTC.</summary>
public sealed record MintSecret(string? Target, string DisplayName, DateTimeOffset? Expires) : PlanStep
{
    public override string Describe() => Target is null ? $"mint '{DisplayName}'" : $"mint into {Target}";
}

/// <summary>Takes what a slot holds at the provider, without minting.</summary>
public sealed record TakeSlot(string Slot) : PlanStep
{
    public override string Describe() => $"take what {Slot} holds";
}

/// <summary>Takes the value of a version as it is.</summary>
public sealed record TakeVersion(CredentialId Credential, string Version, string? Handle) : PlanStep
{
    public override string Describe() => $"take version {Version} of {Credential.Name}";
}

/// <summary>Takes the staged value, which its principal already accepts.</summary>
public sealed record TakeStaged(string Rotation, string Principal) : PlanStep
{
    public override string Describe() => $"take the staged value that {Principal} already accepts";
}

/// <summary>Sets the published value at its principal again.</summary>
public sealed record SetPublished(CredentialId Credential, string Version, string Principal) : PlanStep
{
    public override string Describe() => $"set the published value at {Principal} again";
}

/// <summary>Uses the value against its provider until it is accepted.</summary>
public sealed record VerifyValue : PlanStep
{
    public override string Describe() => "verify it at its provider";
}

/// <summary>Makes the new version with everything in one call.</summary>
public sealed record PublishVersion(CredentialId Credential, DateTimeOffset? Expires, TimeSpan Overlap, string? Rotation, bool Rollback = false) : PlanStep
{
    public override string Describe() => $"publish it as a new version of {Credential.Name}" + (Expires is { } end ? $", expires {end:yyyy-MM-dd HH:mm}Z" : "");
}

/// <summary>Lists the versions again and verifies what is now current.</summary>
public sealed record LookBackAt(CredentialId Credential) : PlanStep
{
    public override string Describe() => $"look back at {Credential.Name}";
}

/// <summary>Kills at the provider.</summary>
public sealed record KillHandle(string Handle, bool EndSessions) : PlanStep
{
    public override string Describe() => $"kill {Kinds.Handle.Place(Handle)}";
}

/// <summary>Reads back that it is dead.</summary>
public sealed record ProveDead(string Handle) : PlanStep
{
    public override string Describe() => $"read back that {Kinds.Handle.Place(Handle)} is dead";
}

/// <summary>Disables a version and marks it dead, in one update.</summary>
public sealed record BuryVersion(CredentialId Credential, string Version) : PlanStep
{
    public override string Describe() => $"disable version {Version} of {Credential.Name} and mark it dead";
}

/// <summary>Tags a version with its handle and, where the policy enforces one, an end.</summary>
public sealed record StampVersion(CredentialId Credential, string Version, string Handle, DateTimeOffset? Expires) : PlanStep
{
    public override string Describe() => $"tag version {Version} of {Credential.Name}" + (Expires is { } end ? $", expires {end:yyyy-MM-dd HH:mm}Z" : "");
}

/// <summary>Chooses a value where nothing lives at a provider.</summary>
public sealed record ChooseNew : PlanStep
{
    public override string Describe() => "choose a new random value";
}
