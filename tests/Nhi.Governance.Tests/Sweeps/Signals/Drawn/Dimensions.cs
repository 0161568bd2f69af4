namespace Nhi.Governance.Tests.Sweeps.Signals.Drawn;

/// <summary>What a secret opens: an application (many keys at once), an account (two slots), a pair of roles, a thing with one key, nothing at any provider; or its tags do not say, or say it wrongly.</summary>
internal enum Opens
{
    Application,
    Account,
    Roles,
    Single,
    Generated,
    Untold,
    Misread,
}

/// <summary>The rule of the estate's policy that is to match it.</summary>
internal enum Rule
{
    Strict,
    Watched,
    Asked,
    Often,
    Reported,
    Caught,
    CaughtByOneWhoLeft,
    None,
}

/// <summary>Whether a list shows it: always; until three days ago; until yesterday; but for one of the days before.</summary>
internal enum Presence
{
    There,
    Deleted,
    DeletedLately,
    Recovered,
}

/// <summary>What a provider says to a value.</summary>
internal enum Answer
{
    Accepted,
    Refused,
    Unknown,
}

/// <summary>Whom a source names. <see cref="Unasked"/>: somebody about whom the directory does not answer; <see cref="Stranger"/>: an address that it does not know; <see cref="Words"/>: no address at all.</summary>
internal enum Who
{
    Person,
    Team,
    Disabled,
    Deleted,
    Robot,
    Stranger,
    Words,
    Unasked,
}

internal enum Workload
{
    Untold,
    Running,
    Disabled,
    Deleted,
    DeletedByPath,
    Unasked,
    Garbage,
}

/// <summary>What becomes of a resource; "lately": until yesterday it was there and answered.</summary>
internal enum Standing
{
    There,
    Gone,
    GoneLately,
    Unreachable,
    UnreachableLately,
    Forbidden,
}

/// <summary>The log of a vault: whole for a year; silent for a season; begun lately; never heard; and a vault of the product's own.</summary>
internal enum Log
{
    Whole,
    Seasonal,
    Young,
    Unheard,
    Own,
}

/// <summary>A source of owners that does not answer about one resource.</summary>
internal enum Source
{
    None,
    Application,
    Resource,
    Group,
    Creator,
}

/// <summary>What is known of one key at a provider by its name: nothing; a person's words; one of our rotations, of a version, of a version's tag, of evidence; one of another deployment.</summary>
internal enum KeyName
{
    None,
    Words,
    OfVersion,
    OfTag,
    OfEvidence,
    Foreign,
}
