using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Nhi.Local.Clock;
using Nhi.Local.Emulators;

namespace Nhi.Local.Delivery;

/// <summary>
/// Event Grid: at least once, in any order, with the documented retries by governance time, both schemas and handshakes, dead letters, and as much misbehaviour as a test asks for.
/// </summary>
public sealed class EventDelivery : IPlayed, IAsyncDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(30);

    /// <summary>After each attempt; the last one repeats.</summary>
    private static readonly TimeSpan[] Retries =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    private readonly WorldClock clock;
    private readonly Func<DeadLetter, CancellationToken, Task> bury;
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Dictionary<string, Subscription> subscriptions = new(StringComparer.Ordinal);
    private readonly List<PendingDelivery> pending = [];
    private readonly Lock holding = new();
    private readonly SemaphoreSlim wake = new(0);
    private readonly SemaphoreSlim one = new(1, 1);
    private readonly CancellationTokenSource ending = new();
    private Task background = Task.CompletedTask;
    private long raised;
    private long delivered;
    private long lost;

    /// <param name="clock">Governance time.</param>
    /// <param name="bury">Keeps a dead letter.</param>
    internal EventDelivery(WorldClock clock, Func<DeadLetter, CancellationToken, Task> bury)
    {
        this.clock = clock;
        this.bury = bury;
    }

    /// <summary>How badly it delivers from now on.</summary>
    public Misbehaviour Misbehaviour { get; set; } = Misbehaviour.None;

    /// <summary>Deliveries that were acknowledged, duplicates included.</summary>
    public long Delivered => Interlocked.Read(ref delivered);

    /// <summary>Events that were lost on the way (<see cref="Misbehaviour.Loses"/>).</summary>
    public long Lost => Interlocked.Read(ref lost);

    /// <summary>Events that wait for their next attempt or are being tried.</summary>
    public int Waiting
    {
        get
        {
            lock (holding) return pending.Count;
        }
    }

    /// <summary>Nothing is in flight, and nothing is due.</summary>
    public bool IsIdle
    {
        get
        {
            lock (holding) return one.CurrentCount == 1 && !pending.Exists(delivery => IsDue(delivery, clock.GetUtcNow()));
        }
    }

    /// <summary>
    /// Adds or replaces a subscription, after the handshake of its schema: a validation event whose code comes back, or the <c>OPTIONS</c> of CloudEvents.
    /// Only events that are raised later reach it.
    /// </summary>
    /// <exception cref="HttpRequestException">The endpoint is not reachable or did not prove that it wants events.</exception>
    public async Task SubscribeAsync(Subscription subscription, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(subscription);
        await Handshake.RunAsync(client, subscription, clock.GetUtcNow(), cancellation);
        lock (holding) subscriptions[subscription.Name] = subscription;
        wake.Release();
    }

    /// <summary>Ends a subscription; what waits for it is dropped, as Event Grid does.</summary>
    public void Unsubscribe(string name)
    {
        lock (holding)
        {
            subscriptions.Remove(name);
            pending.RemoveAll(delivery => delivery.To == name);
        }
    }

    /// <summary>Takes an event in for everybody who wants its type.</summary>
    public void Raise(WorldEvent raisedEvent)
    {
        ArgumentNullException.ThrowIfNull(raisedEvent);
        if (Misbehaviour.Loses(raisedEvent))
        {
            Interlocked.Increment(ref lost);
            return;
        }

        lock (holding)
        {
            var now = clock.GetUtcNow();
            foreach (var subscription in subscriptions.Values)
            {
                if (subscription.Types.Count > 0 && !subscription.Types.Contains(raisedEvent.Type)) continue;
                if (subscription.Sources.Count > 0 && !subscription.Sources.Contains(raisedEvent.Source)) continue;
                Enqueue(subscription, raisedEvent, now);
                if (Misbehaviour.Draw(raised, "duplicate") < Misbehaviour.Duplicates) Enqueue(subscription, raisedEvent, now);
            }
        }

        wake.Release();
    }

    /// <inheritdoc/>
    public ValueTask<DateTimeOffset?> NextAsync(CancellationToken cancellation)
    {
        lock (holding) return new(pending.Count == 0 ? null : pending.Min(delivery => delivery.Due));
    }

    /// <summary>Tries everything that is due and answers when it was answered.</summary>
    public async ValueTask<bool> SettleAsync(CancellationToken cancellation)
    {
        var did = false;
        await one.WaitAsync(cancellation);
        try
        {
            while (TakeDue() is { Count: > 0 } due)
            {
                did = true;
                // Side by side, as Event Grid does: order is not kept on purpose.
                await Task.WhenAll(due.Select(delivery => TryAsync(delivery, cancellation)));
            }
        }
        finally
        {
            one.Release();
        }

        return did;
    }

    /// <summary>Delivers by itself from now on, also when nobody plays the clock.</summary>
    internal void Run() => background = RunAsync();

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        wake.Release();
        await background;
        client.Dispose();
        wake.Dispose();
        one.Dispose();
        ending.Dispose();
    }

    private async Task RunAsync()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                // Also without a new event a retry comes due as time goes by.
                await wake.WaitAsync(TimeSpan.FromSeconds(1), ending.Token);
                await SettleAsync(ending.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Enqueue(Subscription subscription, WorldEvent raisedEvent, DateTimeOffset now)
    {
        var number = raised++;
        var late = Misbehaviour.Draw(number, "delayed") < Misbehaviour.Delays
            ? Misbehaviour.LongestDelay * Misbehaviour.Draw(number, "delay")
            : TimeSpan.Zero;
        pending.Add(new PendingDelivery(number, subscription.Name, raisedEvent, now, now + late));
    }

    private static bool IsDue(PendingDelivery delivery, DateTimeOffset now) => delivery.Due <= now;

    private List<PendingDelivery> TakeDue()
    {
        lock (holding)
        {
            var now = clock.GetUtcNow();
            List<PendingDelivery> due = [.. pending.Where(delivery => IsDue(delivery, now))];
            foreach (var delivery in due) pending.Remove(delivery);
            return due;
        }
    }

    private async Task TryAsync(PendingDelivery delivery, CancellationToken cancellation)
    {
        Subscription? to;
        lock (holding) to = subscriptions.GetValueOrDefault(delivery.To);
        if (to is null) return;
        var (status, outcome) = await PostAsync(to, delivery, cancellation);
        var tried = delivery with { Attempts = delivery.Attempts + 1, LastOutcome = outcome };
        var now = clock.GetUtcNow();
        if (status is >= 200 and <= 204)
        {
            Interlocked.Increment(ref delivered);
            if (Misbehaviour.Draw(delivery.Number, "lost") >= Misbehaviour.LostAcknowledgements || tried.Attempts > 1) return;
        }
        // A webhook that says these does not want to be asked again.
        else if (status is 400 or 401 or 403 or 413 || tried.Attempts >= to.MaxAttempts || now - tried.Published >= to.TimeToLive)
        {
            await bury(Letter(to, tried, status, now), cancellation);
            return;
        }

        var wait = Retries[Math.Min(tried.Attempts, Retries.Length) - 1];
        lock (holding) pending.Add(tried with { Due = now + wait });
    }

    private async Task<(int Status, string Outcome)> PostAsync(Subscription to, PendingDelivery delivery, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(AnswerWithin, clock.Real);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var content = new StringContent(EventEnvelope.Of(delivery.Event, to.Schema).ToJsonString(), Encoding.UTF8);
            content.Headers.ContentType = new MediaTypeHeaderValue(
                to.Schema == EventSchema.CloudEvents ? "application/cloudevents+json" : "application/json", "utf-8");
            using var request = new HttpRequestMessage(HttpMethod.Post, to.Endpoint) { Content = content };
            request.Headers.Add("aeg-event-type", "Notification");
            request.Headers.Add("aeg-subscription-name", to.Name.ToUpperInvariant());
            request.Headers.Add("aeg-delivery-count", delivery.Attempts.ToString(CultureInfo.InvariantCulture));
            using var response = await client.SendAsync(request, either.Token);
            return ((int)response.StatusCode, response.StatusCode.ToString());
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return (0, "TimedOut");
        }
        catch (HttpRequestException)
        {
            return (0, "NotReachable");
        }
    }

    private static DeadLetter Letter(Subscription to, PendingDelivery tried, int status, DateTimeOffset now)
    {
        var reason = status is 400 or 401 or 403 or 413 ? "UndeliverableDueToHttpStatusCode"
            : tried.Attempts >= to.MaxAttempts ? "MaxDeliveryAttemptsExceeded"
            : "TimeToLiveExceeded";
        var cloud = to.Schema == EventSchema.CloudEvents;
        var body = cloud ? EventEnvelope.CloudEvent(tried.Event) : EventEnvelope.EventGridEvent(tried.Event);
        // CloudEvents' attribute names are lower case.
        string Name(string name) => cloud ? name.ToLowerInvariant() : name;
        body[Name("deadLetterReason")] = reason;
        body[Name("deliveryAttempts")] = tried.Attempts;
        body[Name("lastDeliveryOutcome")] = tried.LastOutcome;
        body[Name("publishTime")] = tried.Published.ToString("O", CultureInfo.InvariantCulture);
        body[Name("lastDeliveryAttemptTime")] = now.ToString("O", CultureInfo.InvariantCulture);
        var path = string.Create(CultureInfo.InvariantCulture, $"{to.Name.ToUpperInvariant()}/{now:yyyy/M/d/H}/{tried.Event.Id}-{tried.Number}.json");
        return new DeadLetter(to.Name, path, [body]);
    }
}
