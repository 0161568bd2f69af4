namespace Nhi.Evidence.Checkpoints;

/// <summary>One signature of a note: the key's name, its id (8 characters of lower-case hex) and the signature's bytes, in whatever form that key's kind has.</summary>
public sealed record NoteSignature(string Name, string KeyId, ReadOnlyMemory<byte> Signature);
