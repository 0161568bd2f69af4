using Microsoft.Extensions.Logging;
using Nhi.Evidence.Signing;
using Nhi.Governance.Publishing;
using Nhi.Governance.Tests.Evidence;
using static Nhi.Governance.Tests.Sweeps.Reality.RealityRunTests;

namespace Nhi.Governance.Tests.Sweeps.Reality;

/// <summary>Whoever may write the table Cursors hides by it nothing that the platform's logs tell of.</summary>
public sealed class SignedPlacesTests : IDisposable
{
    private readonly PemSigner _key = PemSigner.Create();
    private readonly Producer _producer;
    private readonly ListLogger<SignedCursors> _told = new();

    public SignedPlacesTests() => _producer = new Producer(_key, new ProducerDescription("nhi", "1", "i"));

    /// <summary>A true place, as a run would leave it that had read and judged everything: nothing but its signature is missing.</summary>
    [Theory]
    [InlineData("audit-")]
    [InlineData("reconcile-reality-since")]
    [InlineData("reality-since-")]
    public async Task S30_a_place_that_no_instance_signed_keeps_nothing_from_who_reads_the_logs(string cursor)
    {
        var (memory, read) = (new SweepMemory(), new SweepMemory());
        foreach (var one in (SweepMemory[])[memory, read])
        {
            Hear(one, Begin.AddHours(-3), Begin.AddHours(8));
            Set(one, "since", Begin.AddMinutes(41));
        }

        var signed = new SignedCursors(memory, _producer, _told);
        await AtAsync(Run(memory, signed), memory, 0);
        Assert.Empty(_told.Lines);
        await AtAsync(Run(read), read, 1);
        foreach (var name in memory.Cursors.Keys.Where(name => name.StartsWith(cursor, StringComparison.Ordinal)).ToList())
            memory.Cursors[name] = memory.Cursors[name] with { Value = read.Cursors[name].Value };

        Assert.Single((await AtAsync(Run(memory, signed), memory, 2)).Told);
        Assert.Contains(_told.Lines, line => line is (4303, LogLevel.Critical, _) && line.Text.Contains(cursor, StringComparison.Ordinal));
    }

    public void Dispose()
    {
        _producer.Dispose();
        _key.Dispose();
    }
}
