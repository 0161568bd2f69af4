namespace Nhi.Evidence.Writing;

/// <summary>
/// How one record may be written. <paramref name="FirstWriterWins"/>: an authentic record that is already at the name is the record.
/// <paramref name="MayFallBack"/>: to the secondary account when the primary does not take it. <paramref name="AtSecondary"/>: the operation is there already, so this goes there too.
/// </summary>
public readonly record struct WriteRequest(bool FirstWriterWins = false, bool MayFallBack = false, bool AtSecondary = false);
