namespace Nhi.EndToEnd.Tests.Hostile;

/// <summary>One request at the webhook. <paramref name="Sort"/> says how it is hostile; <paramref name="Bare"/> withholds the header that says what it brings.</summary>
internal sealed record HostilePost(string Sort, byte[] Body, string EventType = "Notification", string Method = "POST", string Query = "", bool Bare = false, string? Encoding = null)
{
    /// <summary>In <see cref="Query"/>: the key that opens.</summary>
    public const string Key = "?code={key}";

    /// <summary>Whether the host may hand it to the function at all.</summary>
    public bool IsDelivery => Method == "POST" && Query.Length == 0 && !Bare && EventType.Equals("Notification", StringComparison.OrdinalIgnoreCase);

    public HttpRequestMessage Request(Uri webhook)
    {
        var address = Query.Length == 0 ? webhook : new Uri(webhook, "/runtime/webhooks/EventGrid" + Query.Replace(Key, "?" + webhook.Query.Split('&').Last(), StringComparison.Ordinal));
        var request = new HttpRequestMessage(new HttpMethod(Method), address) { Content = new ByteArrayContent(Body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
        if (Encoding is not null)
            request.Content.Headers.TryAddWithoutValidation("Content-Encoding", Encoding);
        if (!Bare)
            request.Headers.TryAddWithoutValidation("aeg-event-type", EventType);
        // Whoever is refused for its size hears so before the body is sent.
        request.Headers.ExpectContinue = Body.Length > 1_000_000;
        return request;
    }
}
