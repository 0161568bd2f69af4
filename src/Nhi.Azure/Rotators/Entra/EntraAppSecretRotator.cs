using System.Text.Json;
using Azure.Core;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Governance.Credentials;
using Nhi.Governance.Kinds;
using Nhi.Governance.Sweeps.Inventory;

namespace Nhi.Azure.Rotators.Entra;

/// <summary>
/// Client secrets of Entra applications, by Graph v1.0. A secret is shown once, when it is added, and is known from then on by its key id.
/// The handle is the key id, in lower case.
/// </summary>
public sealed class EntraAppSecretRotator : IRotator, IMint, IVerify, IKill, ILookBack, ISurvey
{
    private const string Form = "entra:{application (client) id} or the bare GUID";
    private readonly AzureRest _rest;
    private readonly CloudHosts _hosts;
    private readonly EntraLogin _login;

    public EntraAppSecretRotator(AzureRest rest, CloudHosts hosts, EntraOptions options) =>
        (_rest, _hosts, _login) = (rest, hosts, new EntraLogin(rest, hosts, options));

    public Kind Kind { get; } = new()
    {
        Name = "entra-app-secret",
        Description = "A client secret of an Entra application: a second one is added, the old one is removed by its key id.",
        Overlaps = [OverlapClass.Multi],
        ResourceForm = Form,
        PropagationBudget = TimeSpan.FromMinutes(2),
        // Replicas learn of a new secret one after the other.
        VerificationsNeeded = 3,
        Rights =
        [
            new RoleRights("mint", "Microsoft Graph", ["Application.ReadWrite.OwnedBy"], "an owner of each application (or the Entra role action microsoft.directory/applications/credentials/update)"),
            new RoleRights("verify", "Microsoft Graph", [], "none: the secret itself is used"),
            new RoleRights("kill", "Microsoft Graph", ["Application.ReadWrite.OwnedBy"], "an owner of each application (or the Entra role action microsoft.directory/applications/credentials/update)"),
            new RoleRights("look back", "Microsoft Graph", ["Application.ReadWrite.OwnedBy"], "an owner of each application"),
        ],
    };

    /// <inheritdoc/>
    public GovernedResource Resolve(CredentialId credential, IReadOnlyDictionary<string, string> tags, string environment)
    {
        var text = ResourceTag.Read(tags, Kind.Name, Form);
        var id = text.StartsWith("entra:", StringComparison.OrdinalIgnoreCase) ? text["entra:".Length..] : text;
        // The object id of the application would be a second name of the same thing, and so a second lock.
        return Guid.TryParseExact(id, "D", out var application)
            ? new GovernedResource(new ResourceId($"entra:{application:D}"), OverlapClass.Multi, [], application.ToString("D"), environment)
            : throw ResourceTag.Malformed(Kind.Name, Form);
    }

    /// <inheritdoc/>
    public PublishedValue Read(GovernedResource resource, SecretMaterial published) => new(published, null);

    /// <inheritdoc/>
    public SecretMaterial Compose(GovernedResource resource, SecretMaterial secret, string? handle, SecretMaterial? current) => secret;

    private const string Opens = "$select=passwordCredentials,keyCredentials";

    /// <summary>A key id as the list shows it.</summary>
    public bool CanHave(GovernedResource resource, string handle) => Guid.TryParseExact(handle, "D", out var keyId) && keyId.ToString("D") == handle;

    /// <inheritdoc/>
    public async Task<Minted> MintAsync(GovernedResource resource, MintOrder order, IFence fence, CancellationToken ct)
    {
        var what = $"Adding a secret to the application {resource.Address}";
        if (_login.Missing is { } missing)
            throw new ExternalCallException($"{what}: {missing}, else no new secret can be tried.", mayHaveHappened: false, transient: false, code: "NoTenant");
        var body = new AddPassword(new PasswordCredential { DisplayName = order.DisplayName, EndDateTime = order.Expires?.ToUniversalTime() });
        var answer = await _rest.TryChangeAsync(Call(resource, "addPassword", what, JsonSerializer.SerializeToUtf8Bytes(body, EntraJson.Default.AddPassword), fence), ct);
        var added = answer.OrThrow().As(EntraJson.Default.PasswordCredential);
        return Guid.TryParse(added.KeyId, out var keyId) && !string.IsNullOrEmpty(added.SecretText)
            ? new Minted(keyId.ToString("D"), new SecretMaterial(added.SecretText), added.EndDateTime)
            : throw new ExternalCallException($"{what}: the answer names no key id or holds no secret.", mayHaveHappened: true, transient: true, code: "UnknownShape");
    }

    /// <inheritdoc/>
    public Task<Verdict> VerifyAsync(GovernedResource resource, string? handle, SecretMaterial secret, CancellationToken ct) =>
        _login.TryAsync(resource.Address, secret, ct);

    /// <inheritdoc/>
    public async Task KillAsync(GovernedResource resource, string handle, bool endSessions, IFence fence, CancellationToken ct)
    {
        if (!Guid.TryParse(handle, out var keyId))
            throw new ArgumentException("The handle of an application's secret is its key id, a GUID.", nameof(handle));
        var body = JsonSerializer.SerializeToUtf8Bytes(new RemovePassword(keyId.ToString("D")), EntraJson.Default.RemovePassword);
        var answer = await _rest.TryChangeAsync(Call(resource, "removePassword", $"Removing the secret {keyId:D} of the application {resource.Address}", body, fence), ct);
        if (answer.Succeeded || answer.IsAbsent)
            return;
        // Graph refuses an unknown key id by 400 and a sentence; the list says the same without a guess at words.
        if (answer.Status != 400 || (await LookAsync(resource, ct)).Any(credential => credential.Handle == keyId.ToString("D")))
            throw answer.ToException();
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<LiveCredential>> LookAsync(GovernedResource resource, CancellationToken ct)
    {
        var call = new RestCall(resource.Environment, _hosts.Graph, RequestMethod.Get, $"{Path(resource)}?$select=passwordCredentials", $"Reading the application {resource.Address}");
        var application = await _rest.ReadAsync(call, EntraJson.Default.EntraApplication, ct);
        return [.. (application.PasswordCredentials ?? []).Where(known => Guid.TryParse(known.KeyId, out _)).Select(Live)];
    }

    /// <summary>What opens the application, by key id, name, hint and life: its secrets, its certificates, and those of its service principal in this tenant, which no list of the application shows. Needs Application.Read.All, or an owner's right.</summary>
    public async Task<SweptResource> SurveyAsync(ResourceId resource, DateTimeOffset now, CancellationToken ct)
    {
        const string prefix = "entra:";
        if (!resource.Value.StartsWith(prefix, StringComparison.Ordinal) || !Guid.TryParseExact(resource.Value[prefix.Length..], "D", out var application))
            throw new ExternalCallException($"'{resource}' is no id of an application.", mayHaveHappened: false, transient: false, code: "UnknownResource");
        var call = new RestCall("", _hosts.Graph, RequestMethod.Get, $"/v1.0/applications(appId='{application:D}')?{Opens}", $"Reading the application {application:D}") { AsWatcher = true };
        var answer = await _rest.TryReadAsync(call, ct);
        var seen = new SweptResource { Id = resource, Kind = Kind.Name, SeenAt = now, Exists = !answer.IsAbsent };
        if (seen.Exists == false)
            return seen;
        var own = new RestCall("", _hosts.Graph, RequestMethod.Get, $"/v1.0/servicePrincipals(appId='{application:D}')?{Opens}", $"Reading the service principal of {application:D}") { AsWatcher = true };
        var principal = await _rest.TryReadAsync(own, ct);
        return seen with
        {
            Credentials =
            [
                .. Shown(answer.OrThrow().As(EntraJson.Default.EntraApplication), ""),
                .. principal.IsAbsent ? [] : Shown(principal.OrThrow().As(EntraJson.Default.EntraApplication), "service principal's "),
            ],
        };
    }

    /// <summary>Only a secret of the application itself bears the name that we gave it: nothing else is ever ours.</summary>
    private static IEnumerable<ProviderCredential> Shown(EntraApplication of, string whose) =>
    [
        .. (of.PasswordCredentials ?? []).Where(known => Guid.TryParse(known.KeyId, out _)).Select(Live)
            .Select(live => new ProviderCredential(live.Handle, whose.Length == 0 ? live.DisplayName : $"{whose}secret {live.DisplayName}", live.Created, live.Expires, live.Hint)),
        .. (of.KeyCredentials ?? []).Where(known => Guid.TryParse(known.KeyId, out _))
            .Select(known => new ProviderCredential(Guid.Parse(known.KeyId!).ToString("D"), $"{whose}certificate {(known.DisplayName is { } name ? ServiceText.OneLine(name, 120) : "")}".TrimEnd(), known.StartDateTime, known.EndDateTime)),
    ];

    private static LiveCredential Live(PasswordCredential credential) => new(
        Guid.Parse(credential.KeyId!).ToString("D"),
        credential.DisplayName is { } name ? ServiceText.OneLine(name, 120) : null,
        Hint: credential.Hint,
        Created: credential.StartDateTime,
        Expires: credential.EndDateTime);

    private RestCall Call(GovernedResource resource, string action, string what, byte[] body, IFence fence) =>
        new(resource.Environment, _hosts.Graph, RequestMethod.Post, $"{Path(resource)}/{action}", what) { Body = body, Fence = fence };

    private static string Path(GovernedResource resource) => $"/v1.0/applications(appId='{resource.Address}')";
}
