using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nhi.Governance.Credentials;
using Nhi.Governance.Estate;

namespace Nhi.Governance.Triggers;

/// <summary>
/// Reads what Event Grid delivers about secrets, in its own schema and as CloudEvents 1.0, one event or an array. Whoever holds the function's key can send anything:
/// size, depth, count and every text are bounded, and nothing is taken but which secret of which governed vault to look at.
/// Versions, <c>NBF</c> and <c>EXP</c> are not even read: state decides.
/// </summary>
public static partial class SecretEvents
{
    public const string NewVersionCreated = "Microsoft.KeyVault.SecretNewVersionCreated";
    public const string NearExpiry = "Microsoft.KeyVault.SecretNearExpiry";
    public const string Expired = "Microsoft.KeyVault.SecretExpired";

    /// <summary>Longest body, in characters.</summary>
    public const int LongestBody = 64 * 1024;

    private const int Deepest = 16;
    private const int MostEvents = 100;
    private static readonly TimeSpan _oldest = TimeSpan.FromHours(36);
    private static readonly TimeSpan _earliest = TimeSpan.FromMinutes(15);
    private static readonly JsonDocumentOptions _json = new() { MaxDepth = Deepest };

    /// <summary>Never throws, whatever the body. <paramref name="now"/>: governance time, UTC.</summary>
    public static SecretEventReading Parse(string? body, DateTimeOffset now, IVaultRegistry vaults)
    {
        var reading = new Reading();
        if (body is null || body.Length > LongestBody)
        {
            reading.Reject(RejectionReason.TooLarge, "body", body?.Length ?? 0);
            return reading.Done();
        }

        try
        {
            // Through bytes: a lone surrogate in the text becomes a replacement character instead of an exception.
            using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(body), _json);
            ReadAll(document.RootElement, now, vaults, reading);
        }
        catch (JsonException)
        {
            reading.Reject(RejectionReason.NotJson, "body", body.Length);
        }

        return reading.Done();
    }

    private static void ReadAll(JsonElement root, DateTimeOffset now, IVaultRegistry vaults, Reading reading)
    {
        if (root.ValueKind != JsonValueKind.Array)
        {
            ReadOne(root, now, vaults, reading);
            return;
        }

        var count = root.GetArrayLength();
        if (count == 0)
            reading.Reject(RejectionReason.NotAnEvent, "body: an array of 0");
        foreach (var element in root.EnumerateArray().Take(MostEvents))
            ReadOne(element, now, vaults, reading);
        if (count > MostEvents)
            reading.Reject(RejectionReason.TooMany, string.Create(CultureInfo.InvariantCulture, $"body: an array of {count}"));
    }

    private static void ReadOne(JsonElement element, DateTimeOffset now, IVaultRegistry vaults, Reading reading)
    {
        if (EventMembers.Of(element) is not { } envelope || envelope.Object("data") is not { } data)
        {
            reading.Reject(RejectionReason.NotAnEvent, $"event: {element.ValueKind}");
            return;
        }

        var cloud = envelope.Has("specversion");
        var (type, source, time) = cloud ? ("type", "source", "time") : ("eventType", "topic", "eventTime");
        if ((cloud && envelope.Text("specversion") != "1.0") || envelope.Text("id") is not { } id)
            reading.Reject(RejectionReason.NotAnEvent, envelope.Shape("specversion"), envelope.Shape("id"));
        else if (Type(envelope.Text(type)) is not { } known)
            reading.Reject(RejectionReason.OtherType, envelope.Shape(type));
        else if (envelope.Text(source) is not { } topic || TopicPattern().Match(topic) is not { Success: true } vault)
            reading.Reject(RejectionReason.NotFromAVault, envelope.Shape(source));
        else if (Secret(data) is not { } secret)
            reading.Reject(RejectionReason.NotASecret, data.Shape("Id"), data.Shape("ObjectType"));
        else if (!Agree(envelope, data, secret, vault.Groups["vault"].Value))
            reading.Reject(RejectionReason.Contradiction, data.Shape("Id"), data.Shape("VaultName"), data.Shape("ObjectName"), envelope.Shape("subject"), envelope.Shape(source));
        else if (vaults.Find(secret.Vault) is null)
            reading.Reject(RejectionReason.OtherVault, data.Shape("VaultName"));
        else
            reading.Accept(new Trigger { Source = topic, Id = IdPattern().IsMatch(id) ? id : RefusedText.Of(id.Length), Type = known, Time = Believe(envelope.Text(time), now), Credential = secret }, envelope.Shape(time));
    }

    // The constant, not the text that equals it.
    private static string? Type(string? text) => text switch
    {
        NewVersionCreated => NewVersionCreated,
        NearExpiry => NearExpiry,
        Expired => Expired,
        _ => null,
    };

    private static CredentialId? Secret(EventMembers data)
    {
        if (data.Has("ObjectType") && data.Text("ObjectType") != "Secret")
            return null;
        return data.Text("Id") is { } uri && SecretUriPattern().Match(uri) is { Success: true } match && CredentialId.TryOf(match.Groups["host"].Value, match.Groups["name"].Value, out var id) ? id : null;
    }

    private static bool Agree(EventMembers envelope, EventMembers data, CredentialId secret, string topicVault)
    {
        var vault = secret.Vault.Split('.')[0];
        return Same(topicVault, vault)
            && Same(data.Text("VaultName"), vault)
            && Same(data.Text("ObjectName"), secret.Name)
            && (!envelope.Has("subject") || Same(envelope.Text("subject"), secret.Name));
    }

    private static bool Same(string? a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static DateTimeOffset? Believe(string? text, DateTimeOffset now)
    {
        if (text is null || !TimePattern().IsMatch(text) || !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
            return null;
        return time - now <= _earliest && now - time <= _oldest ? time : null;
    }

    [GeneratedRegex(@"\A/subscriptions/[0-9a-f-]{36}/resourceGroups/[0-9a-z._()-]{1,90}/providers/Microsoft\.KeyVault/vaults/(?<vault>[a-z][0-9a-z-]{1,22}[0-9a-z])\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TopicPattern();

    [GeneratedRegex(@"\Ahttps://(?<host>[0-9a-z-]{3,24}(?:\.[0-9a-z-]{1,63}){1,6})(?::443)?/secrets/(?<name>[0-9a-z-]{1,127})(?:/(?:[0-9a-z]{1,64})?)?\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretUriPattern();

    // Key Vault's event ids are GUIDs; anything wider would let a stranger write words of his choice into evidence.
    [GeneratedRegex(@"\A[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\z")]
    private static partial Regex IdPattern();

    [GeneratedRegex(@"\A[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})\z")]
    private static partial Regex TimePattern();

    /// <summary>Collects while a body is read.</summary>
    private sealed class Reading
    {
        private readonly List<Trigger> _accepted = [];
        private readonly List<EventRejection> _rejected = [];
        private readonly List<EventRejection> _doubts = [];

        public void Reject(RejectionReason reason, string member, int characters) => Reject(reason, $"{member}: {RefusedText.Of(characters)}");

        public void Reject(RejectionReason reason, params string[] facts) => _rejected.Add(new EventRejection(reason, facts));

        public void Accept(Trigger trigger, string timeShape)
        {
            _accepted.Add(trigger);
            if (trigger.Time is null)
                _doubts.Add(new EventRejection(RejectionReason.TimeNotBelieved, [timeShape]));
        }

        public SecretEventReading Done() => new(_accepted, _rejected, _doubts);
    }
}
