using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Nhi.Local.Demo.Estate;
using Nhi.Local.Parts;
using Npgsql;

namespace Nhi.Local.Demo.Consumers;

/// <summary>Tries a value where it opens something, as its consumer does: Entra's login, the account's data plane, the database.</summary>
internal sealed class Logins(World world) : IDisposable
{
    private readonly HttpClient client = new(world.CreateHandler());

    /// <summary>True: let in. False: refused. Throws when nobody answered.</summary>
    public Task<bool> TryAsync(DemoCredential credential, string value, CancellationToken ct) => credential.Opens switch
    {
        Opens.EntraApplication => EntraAsync(world.Tenant.Add(credential.Target).AppId, value, ct),
        Opens.StorageAccount => StorageAsync(credential.Target, value, ct),
        Opens.Database => DatabaseAsync(value, ct),
        _ => throw new InvalidOperationException($"'{credential.Name}' opens nothing that could be tried."),
    };

    public void Dispose() => client.Dispose();

    private async Task<bool> EntraAsync(string application, string secret, CancellationToken ct)
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials", ["client_id"] = application, ["client_secret"] = secret, ["scope"] = "https://graph.microsoft.com/.default",
        });
        using var answer = await client.PostAsync(new Uri($"https://login.microsoftonline.com/{LocalTokenCredential.Tenant}/oauth2/v2.0/token"), form, ct);
        return Judged(answer, HttpStatusCode.Unauthorized);
    }

    private async Task<bool> StorageAsync(string account, string key, CancellationToken ct)
    {
        var date = TimeProvider.System.GetUtcNow().ToString("R", CultureInfo.InvariantCulture);
        var text = $"GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:{date}\nx-ms-version:2021-12-02\n/{account}/\ncomp:list";
        var signature = Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(key), Encoding.UTF8.GetBytes(text)));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://{account}.blob.core.windows.net/?comp=list");
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", "2021-12-02");
        request.Headers.TryAddWithoutValidation("Authorization", $"SharedKey {account}:{signature}");
        using var answer = await client.SendAsync(request, ct);
        return Judged(answer, HttpStatusCode.Forbidden);
    }

    private static async Task<bool> DatabaseAsync(string connectionString, CancellationToken ct)
    {
        // A pooled login proves nothing.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, SslMode = SslMode.Disable, Timeout = 30, ApplicationName = "consumer" };
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        await using var source = builder.Build();
        try
        {
            await using var connection = await source.OpenConnectionAsync(ct);
            return true;
        }
        catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification)
        {
            return false;
        }
    }

    private static bool Judged(HttpResponseMessage answer, HttpStatusCode refusal) => answer.IsSuccessStatusCode || (answer.StatusCode == refusal
        ? false
        : throw new HttpRequestException($"{answer.RequestMessage!.RequestUri!.Host} answered {(int)answer.StatusCode}, which says nothing about the value."));
}
