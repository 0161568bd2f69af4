using System.Diagnostics;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Azure.Storage.Blobs;

namespace Nhi.Local.Tests.Worlds;

/// <summary>
/// This test program once more, as a child that knows the world by its environment alone: unmodified clients, their own proxy, certificates and identities.
/// </summary>
internal static class ChildProbe
{
    private const string Variable = "NHI_LOCAL_TEST_PROBE";

    public static async Task<(int Code, string Output)> RunAsync(string question, IReadOnlyDictionary<string, string> settings)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        start.Environment[Variable] = question;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"The child did not answer '{question}' within a minute.");
        }

        return (process.ExitCode, (await output + await errors).Trim());
    }

    // The entry point is xunit's: a child has to be caught before it. Nothing here is asynchronous, since other threads wait for the initializer of this module.
#pragma warning disable CA2255
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Probe()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } question) return;
        try
        {
            Console.WriteLine(Answer(question));
            Environment.Exit(0);
        }
        catch (Exception failure)
        {
            Console.Error.WriteLine(failure);
            Environment.Exit(1);
        }
    }

    private static string Answer(string question)
    {
        ManagedIdentityCredential As(string name) => new(ManagedIdentityId.FromUserAssignedClientId(Environment.GetEnvironmentVariable($"Nhi__Identities__{name}")!));
        switch (question)
        {
            case "everything":
                var vault = new SecretClient(new Uri(Environment.GetEnvironmentVariable("Nhi__Vaults__0__Uri")!), As("Rotators__prod"));
                vault.SetSecret("from-child", "v");
                var evidence = new BlobContainerClient(new Uri(new Uri(Environment.GetEnvironmentVariable("Nhi__Storage__Evidence")!), "evidence-2026"), As("Writer"));
                evidence.UploadBlob("child.json", BinaryData.FromString("x"));
                var state = new TableServiceClient(new Uri(Environment.GetEnvironmentVariable("Nhi__Storage__State")!), As("Watcher"));
                state.GetTableClient("Cursors").UpsertEntity(new TableEntity("child", "row"));
                return vault.GetSecret("from-child").Value.Value;
            case "elsewhere":
                using (var client = new HttpClient())
                using (var request = new HttpRequestMessage(HttpMethod.Get, "https://example.com/"))
                    return client.Send(request).StatusCode.ToString();
            default:
                throw new ArgumentException(question);
        }
    }
}
