using Nhi.Local.Demo.Estate;
using Nhi.Local.Emulators;

namespace Nhi.Local.Demo.Consumers;

/// <summary>
/// A program that uses one credential: it logs in with what it last read and reads the vault again on its own schedule, which is shorter than the overlap and knows nothing of rotations.
/// </summary>
internal sealed class Consumer(DemoCredential credential, World world, Logins logins, TimeSpan every) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly WorldIdentity identity = WorldIdentity.Of($"consumer {credential.Name}");
    private string? value;

    public DemoCredential Credential => credential;

    /// <summary>When it reads again, governance time.</summary>
    public DateTimeOffset NextRead { get; private set; }

    public int Logins { get; private set; }

    /// <summary>Refused, or not answered.</summary>
    public int Failures { get; private set; }

    /// <summary>Refused inside the maintenance window of a kind without overlap: announced, and ended by reading again.</summary>
    public int Interruptions { get; private set; }

    /// <summary>What went wrong last; never a value.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Reads the vault; the first time with the part of its period that staggers the consumers.</summary>
    public void Read(double part = 1)
    {
        value = world.Vault(credential.Vault).ReadAs(identity, credential.Name);
        NextRead = world.Clock.GetUtcNow() + (every * part);
    }

    public async Task LoginAsync(CancellationToken ct)
    {
        await one.WaitAsync(ct);
        try
        {
            Logins++;
            if (value is not null && await logins.TryAsync(credential, value, ct))
                return;
            if (credential.IsCutover && await CutOverAsync(ct))
                return;
            Failures++;
            Trouble = $"{credential.Name} was refused at {world.Clock.GetUtcNow():yyyy-MM-dd HH:mm}Z";
        }
        catch (Exception silent) when (silent is HttpRequestException or Npgsql.NpgsqlException && !ct.IsCancellationRequested)
        {
            Failures++;
            Trouble = $"{credential.Name} got no answer: {silent.GetType().Name}";
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    /// <summary>Without an overlap the consumer is refused until the new value is published, and has to read again: that is what the window is for.</summary>
    private async Task<bool> CutOverAsync(CancellationToken ct)
    {
        var now = world.Clock.GetUtcNow();
        if (!(now.DayOfWeek == DayOfWeek.Sunday && now.Hour >= 22) && !(now.DayOfWeek == DayOfWeek.Monday && now.Hour < 4))
            return false;
        Interruptions++;
        Read();
        _ = value is not null && await logins.TryAsync(credential, value, ct);
        return true;
    }
}
