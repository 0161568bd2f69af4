using System.Diagnostics;
using System.Globalization;

namespace Nhi.Evidence.Tests.Fuzz;

/// <summary>
/// Hostile bytes at every reader of this library: a refusal of the reader's own sort, or a value that can be written again; no other exception, no more memory than a multiple of the bytes, no long thought.
/// <c>NHI_FUZZ=1000000</c> tries a million on each reader; <c>NHI_READER=zip,names</c> only on those, <c>NHI_FROM</c> says the first seed; a failure shows its bytes and its seed, and <c>NHI_SEED</c> plays that alone (over fresh keys).
/// </summary>
public sealed class FuzzTests(HostileReaders readers, ITestOutputHelper output) : IClassFixture<HostileReaders>
{
    private const long FreeBytes = 4 * 1024 * 1024;
    private const long BytesPerByte = 512;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly int? Only = Setting("NHI_SEED");
    private static readonly int Tries = Only is null ? Setting("NHI_FUZZ") ?? 1_500 : 1;
    private static readonly int First = Only ?? Setting("NHI_FROM") ?? 0;

    public static TheoryData<string> Names => [.. Environment.GetEnvironmentVariable("NHI_READER") is { Length: > 0 } some ? some.Split(',') : HostileReaders.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Each_reader_refuses_hostile_bytes_or_reads_a_value(string name)
    {
        var reader = readers.Of(name);
        var mutator = reader.Mutator();
        foreach (var example in reader.Examples)
            await reader.Law(example);
        for (var seed = First; seed < First + Tries; seed++)
        {
            var bytes = mutator.Next(new Random(seed));
            var (started, before) = (Stopwatch.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            var thread = Environment.CurrentManagedThreadId;
            try
            {
                await reader.Law(bytes);
            }
            catch (Exception e)
            {
                Assert.Fail($"Reader '{name}', NHI_SEED={seed}, {bytes.Length} bytes {Convert.ToBase64String(bytes.AsSpan(0, Math.Min(bytes.Length, 3_000)))}: {e}");
            }

            var allocated = thread == Environment.CurrentManagedThreadId ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
            Assert.True(allocated <= FreeBytes + (BytesPerByte * bytes.Length), $"Reader '{name}', NHI_SEED={seed}: {allocated} bytes of memory for {bytes.Length} bytes.");
            // A machine that is busy with other things may make any input wait; none takes long each time.
            for (var again = 0; again < 2 && Stopwatch.GetElapsedTime(started) >= Longest; again++)
            {
                started = Stopwatch.GetTimestamp();
                await reader.Law(bytes);
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < Longest, $"Reader '{name}', NHI_SEED={seed}: {Stopwatch.GetElapsedTime(started)} for {bytes.Length} bytes.");
        }

        output.WriteLine($"{name}: {Tries} inputs, {readers.Read(name)} of them read as values.");
        // The examples are among them.
        Assert.True(readers.Read(name) > 0, $"'{name}' read nothing at all.");
    }

    private static int? Setting(string name) => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
