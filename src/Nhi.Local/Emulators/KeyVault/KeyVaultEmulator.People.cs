using System.Buffers.Text;
using System.Text.Json.Nodes;
using Nhi.Local.Wire;

namespace Nhi.Local.Emulators.KeyVault;

/// <summary>What people, the deployment and time itself do to the vault, past the wire.</summary>
public sealed partial class KeyVaultEmulator
{
    /// <summary>Somebody sets a secret by hand: the audit trail knows him, and its event is raised.</summary>
    /// <returns>The new version.</returns>
    public string SetAs(
        WorldIdentity person, string name, string value, DateTimeOffset? expires = null, IReadOnlyDictionary<string, string>? tags = null, string? contentType = null,
        bool ofCertificate = false)
    {
        ArgumentNullException.ThrowIfNull(person);
        WorldEvent created;
        string id, version;
        lock (holding)
        {
            var (secret, stored) = shelf.Set(name, new SecretWrite
            {
                Value = value, Expires = expires?.ToUnixTimeSeconds(), Tags = tags, ContentType = contentType, Managed = ofCertificate,
            });
            created = EventOf(secret, stored, "Microsoft.KeyVault.SecretNewVersionCreated");
            (id, version) = (VersionId(secret, stored), stored.Id);
        }

        audit.Record(new AuditFact(clock.GetUtcNow(), Name, "SecretSet", id, person.Name, person.ObjectId, 200));
        raise(created);
        return version;
    }

    /// <summary>Somebody enables or disables a version by hand; null = the current one.</summary>
    public void EnableAs(WorldIdentity person, string name, string? version, bool enabled) =>
        ChangeAs(person, "SecretUpdate", () =>
        {
            var (secret, after) = shelf.Update(name, version, new SecretWrite { Enabled = enabled });
            return VersionId(secret, after);
        });

    /// <summary>Somebody deletes a secret by hand (soft).</summary>
    public void DeleteAs(WorldIdentity person, string name) =>
        ChangeAs(person, "SecretDelete", () =>
        {
            var secret = shelf.Delete(name);
            secret.PendingLooks = 0;
            return VersionId(secret, secret.Current);
        });

    /// <summary>What a consumer reads: the current value, as its own identity. Null when there is none that is enabled.</summary>
    public string? ReadAs(WorldIdentity consumer, string name)
    {
        ArgumentNullException.ThrowIfNull(consumer);
        string? value, id;
        lock (holding)
        {
            var secret = shelf.TryFind(name);
            value = secret?.Current is { Enabled: true } current ? current.Value : null;
            id = secret is null ? null : VersionId(secret, secret.Current);
        }

        audit.Record(new AuditFact(clock.GetUtcNow(), Name, "SecretGet", id, consumer.Name, consumer.ObjectId, value is not null ? 200 : id is null ? 404 : 403));
        return value;
    }

    /// <summary>A P-256 key as the deployment makes it; one that is there stays.</summary>
    public void MakeKey(string name)
    {
        lock (holding)
            if (!keys.ContainsKey(name)) keys[name] = [SigningKey.Create(name, clock.GetUtcNow().ToUnixTimeSeconds())];
    }

    /// <summary>A new version of a key, as <c>az keyvault key rotate</c> makes one.</summary>
    public void RotateKey(string name)
    {
        // Versions are ordered by whole seconds.
        lock (holding) keys[name].Add(SigningKey.Create(name, Math.Max(clock.GetUtcNow().ToUnixTimeSeconds(), keys[name][^1].Created + 1)));
    }

    /// <summary>The public keys of a key's versions, oldest first: SPKI, DER.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> PublicKeys(string name)
    {
        lock (holding) return [.. keys[name].Select(version => (ReadOnlyMemory<byte>)version.Spki())];
    }

    /// <summary>Whether a secret of that name lives.</summary>
    public bool Has(string name)
    {
        lock (holding) return shelf.TryFind(name) is not null;
    }

    /// <summary>Names of the living secrets.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (holding) return [.. shelf.Living.Select(secret => secret.Name)];
        }
    }

    /// <summary>When its next expiry event is due, governance time; null = never.</summary>
    internal DateTimeOffset? NextEvent()
    {
        lock (holding) return shelf.NextDue() is { } at ? DateTimeOffset.FromUnixTimeSeconds(at) : null;
    }

    /// <summary>Raises the expiry events that are due; true when there was one.</summary>
    internal bool RaiseDue()
    {
        List<WorldEvent> due;
        lock (holding) due = [.. shelf.RaiseDue().Select(one => EventOf(one.Secret, one.Version, one.Type))];
        foreach (var one in due)
        {
            var operation = one.Type.EndsWith("NearExpiry", StringComparison.Ordinal) ? "SecretNearExpiryEventGridNotification" : "SecretExpiredEventGridNotification";
            audit.Record(new AuditFact(one.Time, Name, operation, (string?)one.Data["Id"], null, null, 200));
            raise(one);
        }

        return due.Count > 0;
    }

    internal KeptVault Export()
    {
        lock (holding)
            return new KeptVault(
                [.. shelf.Living.Concat(shelf.AllDeleted).Select(secret => new KeptSecret(secret.Name, secret.Deleted, [.. secret.Versions]))],
                [.. keys.Values.SelectMany(versions => versions).Select(key => new KeptSigningKey(key.Name, key.Version, key.Export(), key.Created))]);
    }

    internal void Import(KeptVault kept)
    {
        lock (holding)
        {
            foreach (var secret in kept.Secrets)
                shelf.Restore(new StoredSecret(secret.Name) { Versions = [.. secret.Versions], Deleted = secret.Deleted });
            foreach (var group in kept.Keys.GroupBy(key => key.Name))
                keys[group.Key] = [.. group.Select(key => SigningKey.Import(key.Name, key.Version, key.Pem, key.Created))];
        }
    }

    private void ChangeAs(WorldIdentity person, string operation, Func<string> change)
    {
        ArgumentNullException.ThrowIfNull(person);
        string id;
        lock (holding) id = change();
        audit.Record(new AuditFact(clock.GetUtcNow(), Name, operation, id, person.Name, person.ObjectId, 200));
    }

    private (Answer, string?) DoKey(Route route, JsonObject? body)
    {
        if (route.Operation == "KeyListVersions")
            return (Answer.Json(200, new JsonObject { ["value"] = new JsonArray([.. (keys.GetValueOrDefault(route.Name) ?? []).Select(one => one.Item(Origin))]), ["nextLink"] = null }), $"{Origin}/keys/{route.Name}");
        var key = keys.GetValueOrDefault(route.Name)?.FindLast(one => route.Version is null || one.Version == route.Version)
            ?? throw new VaultException(404, "KeyNotFound", $"A key with (name/id) {route.Name} was not found in this key vault.");
        var id = $"{Origin}/keys/{key.Name}/{key.Version}";
        if (route.Operation == "KeyGet") return (Answer.Json(200, key.Bundle(Origin)), id);
        if ((string?)body?["alg"] != "ES256") throw VaultException.Bad("Property alg: this key signs ES256 only.");
        byte[] digest;
        try
        {
            digest = Base64Url.DecodeFromChars((string?)body["value"] ?? "");
        }
        catch (FormatException)
        {
            throw VaultException.Bad("Property value is no base64url.");
        }

        if (digest.Length != 32) throw VaultException.Bad($"Property value has {digest.Length} bytes: ES256 signs a digest of 32.");
        return (Answer.Json(200, new JsonObject { ["kid"] = id, ["value"] = Base64Url.EncodeToString(key.Sign(digest)) }), id);
    }
}
