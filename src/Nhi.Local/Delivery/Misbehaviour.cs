using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Nhi.Local.Emulators;

namespace Nhi.Local.Delivery;

/// <summary>How badly events are delivered, within what "at least once, in any order" allows. The same seed misbehaves in the same way for the same events in the same order.</summary>
public sealed record Misbehaviour
{
    /// <summary>Each event once, at once, in order.</summary>
    public static Misbehaviour None { get; } = new();

    /// <summary>Printed wherever it fails.</summary>
    public int Seed { get; init; }

    /// <summary>0 to 1: how likely an event is delivered a second time.</summary>
    public double Duplicates { get; init; }

    /// <summary>0 to 1: how likely an event comes late, and so after later ones.</summary>
    public double Delays { get; init; }

    /// <summary>The most that an event comes late, governance time.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>0 to 1: how likely an acknowledged delivery is repeated as if the acknowledgement had been lost.</summary>
    public double LostAcknowledgements { get; init; }

    /// <summary>What gets lost on the way for good, beyond anything that is promised.</summary>
    public Predicate<WorldEvent> Loses { get; init; } = _ => false;

    /// <summary>A number from 0 (inclusive) to 1 that depends on the seed, the number of the event and the question alone.</summary>
    internal double Draw(long number, string question)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{Seed} {number} {question}")));
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
