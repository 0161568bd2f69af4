using Nhi.Evidence.Records;

namespace Nhi.Governance.Rotation;

/// <summary>How an attempt ended, a closed set. A lost answer is none of them: it leaves the row open.</summary>
public abstract record Outcome
{
    private Outcome() { }

    /// <summary>As it stands in the blob's name.</summary>
    public abstract string Result { get; }
    public virtual ErrorFacts? Error => null;

    /// <summary>Done, and seen to be done.</summary>
    public sealed record Ok : Outcome
    {
        public override string Result => "ok";
    }

    /// <summary>Transient: time and another try help.</summary>
    public sealed record Retry(string Code, string Why) : Outcome
    {
        public override string Result => "RETRY";
        public override ErrorFacts Error => new(Code, Why);
    }

    /// <summary>A person must act; <paramref name="Why"/> says what.</summary>
    public sealed record Blocked(string Code, string Why) : Outcome
    {
        public override string Result => "BLOCKED";
        public override ErrorFacts Error => new(Code, Why);
    }

    /// <summary>Over: it will not be tried again by itself.</summary>
    public sealed record Failed(string Code, string Why) : Outcome
    {
        public override string Result => "FAILED";
        public override ErrorFacts Error => new(Code, Why);
    }

    /// <summary>Policy or a person says no.</summary>
    public sealed record Denied(string Code, string Why) : Outcome
    {
        public override string Result => "DENIED";
        public override ErrorFacts Error => new(Code, Why);
    }
}
