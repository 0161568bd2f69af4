namespace Nhi.Governance.Rotation;

/// <summary>Something that a first look found due, as the row counts it. <paramref name="Subject"/>: <c>R</c>, a handle or a version.</summary>
public sealed record Want(string Verb, string Subject, bool Urgent, string Why)
{
    public string Key => Operations.BackOffs.Key(Verb, Subject);
}
