using Nhi.Evidence.Storage;
using Nhi.Governance.Credentials;

namespace Nhi.Governance.Publishing;

/// <summary>Every log is carried to every sink, and each of these fails alone: an account that is down silences no other, and neither does a sink, whatever it throws.</summary>
internal static class Outbox
{
    /// <summary>Carries the logs of each account, the oldest first. A sink that asks for patience gets nothing more of any log before the next run. Throws what its own cancellation throws, and nothing else.</summary>
    public static async Task CarryAsync<TSink>(
        IEnumerable<TSink> sinks, IReadOnlyList<IEvidenceContainers> accounts, Func<TSink, IEvidenceStore, Task> carry, Action<TSink, Exception> failed, CancellationToken ct)
    {
        foreach (var sink in sinks)
        {
            var patience = false;
            foreach (var account in accounts)
            {
                IReadOnlyList<IEvidenceStore> stores = [];
                patience = patience || !await TryAsync(sink, async () => stores = await account.AllAsync(ct));
                foreach (var store in stores.Reverse())
                    patience = patience || !await TryAsync(sink, () => carry(sink, store));
            }
        }

        // False when the sink asks for patience.
        async Task<bool> TryAsync(TSink sink, Func<Task> work)
        {
            try
            {
                await work();
                return true;
            }
            catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                failed(sink, e);
                return e is not ExternalCallException { RetryAfter: not null };
            }
        }
    }
}
