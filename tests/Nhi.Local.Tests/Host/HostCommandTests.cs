using System.IO.Pipes;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Nhi.Governance.Triggers;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

public sealed class HostCommandTests
{
    [Fact]
    public async Task It_prints_its_address_serves_and_ends_with_its_input()
    {
        using var parent = new AnonymousPipeServerStream(PipeDirection.Out);
        using var input = new AnonymousPipeClientStream(PipeDirection.In, parent.ClientSafePipeHandle);
        using var outputEnd = new AnonymousPipeServerStream(PipeDirection.Out);
        using var output = new StreamWriter(outputEnd);
        using var lines = new StreamReader(new AnonymousPipeClientStream(PipeDirection.In, outputEnd.ClientSafePipeHandle));
        var keys = FunctionKeys.Generate();
        var settings = new ConfigurationBuilder().AddInMemoryCollection(
        [
            .. keys.ToEnvironment().Select(one => KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)one.Value)),
            KeyValuePair.Create("NhiLocal:Timers", (string?)"manual"),
        ]).Build();
        IConfiguration? given = null;
        var running = HostCommand.RunAsync(
            0,
            input,
            output,
            settings,
            (services, configuration) =>
            {
                given = configuration;
                services.AddSingleton<IGovernance>(new FakeGovernance());
            },
            CancellationToken.None);

        string line = (await lines.ReadLineAsync(TestContext.Current.CancellationToken))!;
        Assert.Matches("^ready http://127\\.0\\.0\\.1:[1-9][0-9]*$", line);
        Assert.Same(settings, given);
        using var client = new HttpClient { BaseAddress = new Uri(line[HostCommand.Ready.Length..]) };
        client.DefaultRequestHeaders.Add("x-functions-key", keys.Master);
        using var idle = await client.GetAsync("/admin/local/idle", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, idle.StatusCode);
        Assert.False(running.IsCompleted);
        parent.Dispose();
        Assert.Equal(0, await running);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/admin/local/idle", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_host_that_cannot_be_made_says_why_before_it_serves()
    {
        using var output = new StringWriter();
        var settings = new ConfigurationBuilder().Build();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(
            () => HostCommand.RunAsync(0, null, output, settings, (_, _) => throw new InvalidOperationException("Nhi__ProductVault is not set."), CancellationToken.None));
        Assert.Equal("Nhi__ProductVault is not set.", error.Message);
        Assert.Equal("", output.ToString());
    }
}
