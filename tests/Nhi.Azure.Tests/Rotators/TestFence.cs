using Nhi.Governance.Kinds;

namespace Nhi.Azure.Tests.Rotators;

/// <summary>A fence that a test looks through. <paramref name="ready"/> and <paramref name="still"/> run when it is asked, and may throw.</summary>
internal sealed class TestFence(Action? ready = null, Action? still = null) : IFence
{
    /// <summary>How often it was asked whether something may be sent.</summary>
    public int Asked { get; private set; }

    /// <summary>How often the row was renewed while something went on.</summary>
    public int Renewed { get; private set; }

    public Task ReadyAsync(CancellationToken ct)
    {
        Asked++;
        ready?.Invoke();
        return Task.CompletedTask;
    }

    public Task StillAsync(CancellationToken ct)
    {
        Renewed++;
        still?.Invoke();
        return Task.CompletedTask;
    }
}
