namespace Nhi.Governance.Sweeps.Use;

/// <summary>The table <c>Use</c> as who reads the logs writes it. Every method throws <see cref="Credentials.ExternalCallException"/> when it cannot answer.</summary>
public interface IUseBook : IUseFacts
{
    /// <summary>Adds reads by <see cref="UseSeen.Onto"/>; no write where they say nothing new.</summary>
    Task AddAsync(UseSeen seen, CancellationToken ct);

    /// <summary>Says how far the reads of a vault are known: after they were added, never before.</summary>
    Task KnowAsync(string vaultHost, UseWindow window, CancellationToken ct);
}
