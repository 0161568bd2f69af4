namespace Nhi.Azure.Deployments;

/// <summary>What <see cref="DeploymentDoctor"/> found.</summary>
/// <param name="Resources">How many the template makes.</param>
/// <param name="Differences">In the order of the ids.</param>
/// <param name="Unread">What nobody looked at: it may be as it should, or not.</param>
/// <param name="NotCompared">Values that only Azure can compute, and that were therefore not compared.</param>
public sealed record DeploymentReport(int Resources, IReadOnlyList<Difference> Differences, IReadOnlyList<Unread> Unread, IReadOnlyList<string> NotCompared);

/// <summary>One thing that is not as the template says.</summary>
/// <param name="Kind">See <see cref="DifferenceKind"/>.</param>
/// <param name="Resource">ARM id.</param>
/// <param name="Property">Which property, as a path (<c>properties.allowSharedKeyAccess</c>); null where the resource is missing or too much as a whole.</param>
/// <param name="What">A sentence for a person, without any value that could be a secret.</param>
/// <param name="Remedy">The command that mends it.</param>
public sealed record Difference(DifferenceKind Kind, string Resource, string? Property, string What, string Remedy);

/// <summary>In which way something is not as the template says.</summary>
public enum DifferenceKind
{
    /// <summary>The template makes it, and it is not there.</summary>
    Missing,

    /// <summary>It is there, and not as the template makes it.</summary>
    Differs,

    /// <summary>It is there, and the template knows nothing of it.</summary>
    Beyond,
}

/// <summary>Something that could not be read.</summary>
/// <param name="Resource">ARM id, or what was asked for.</param>
/// <param name="Why">What Azure answered.</param>
/// <param name="Remedy">What to do.</param>
public sealed record Unread(string Resource, string Why, string Remedy);
