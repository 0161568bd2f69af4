using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

public sealed class FunctionKeysTests
{
    [Fact]
    public void Keys_go_to_a_child_by_environment_and_the_rest_is_made_at_random()
    {
        var parent = FunctionKeys.Generate();
        var child = FunctionKeys.From(new ConfigurationBuilder()
            .AddInMemoryCollection(parent.ToEnvironment().Select(one => KeyValuePair.Create(one.Key.Replace("__", ":", StringComparison.Ordinal), (string?)one.Value)))
            .Build());
        Assert.Equal((parent.Master, parent.EventGrid, parent.Default), (child.Master, child.EventGrid, child.Default));
        string[] all = [parent.Master, parent.EventGrid, parent.Default, FunctionKeys.Generate().Master];
        Assert.Equal(4, all.Distinct().Count());
        Assert.All(all, key => Assert.Equal(64, key.Length));
        Assert.Equal("[function keys]", parent.ToString());
    }

    [Fact]
    public void A_short_key_is_refused_by_the_name_of_its_setting()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("NhiLocal:Keys:Master", (string?)"tiny")]).Build();
        var error = Assert.Throws<InvalidOperationException>(() => FunctionKeys.From(settings));
        Assert.Equal("NhiLocal__Keys__Master is shorter than 16 characters: set a longer one, or none to have one made.", error.Message);
    }

    [Fact]
    public async Task No_key_reaches_the_log_at_any_level()
    {
        using var log = new RememberedLog();
        var settings = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
            ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
            ["Logging:Remembered:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
            ["Logging:Remembered:LogLevel:Default"] = "Trace",
        };
        await using var host = await StartedHost.StartAsync(logging: logging => logging.AddProvider(log), settings: settings);
        host.Governance.Does = (_, _) => throw new InvalidOperationException("for the log");
        Assert.Equal(HttpStatusCode.InternalServerError, await host.StatusAsync(host.DeliverAsync("{}")));
        Assert.Equal(HttpStatusCode.NotFound, await host.StatusAsync(host.DeliverAsync("{}", "Nobody")));
        Assert.Equal(HttpStatusCode.Unauthorized, await host.StatusAsync(host.DeliverAsync("{}", key: "wrong-key-of-a-stranger")));
        await host.AdminAsync(HttpMethod.Get, "/admin/local/idle");
        await host.Host.StopAsync(CancellationToken.None);
        Assert.Contains(log.Lines, line => line.Contains("for the log", StringComparison.Ordinal));
        Assert.Contains(log.Lines, line => line.StartsWith("Microsoft.", StringComparison.Ordinal));
        foreach (string key in new[] { host.Host.Keys.EventGrid, host.Host.Keys.Master, "wrong-key-of-a-stranger" })
            Assert.DoesNotContain(log.Lines, line => line.Contains(key, StringComparison.Ordinal));
    }

    [ProviderAlias("Remembered")]
    private sealed class RememberedLog : ILoggerProvider, ILogger
    {
        private readonly string category = "";
        private readonly ConcurrentQueue<string> lines = new();

        public RememberedLog()
        {
        }

        private RememberedLog(string category, ConcurrentQueue<string> lines)
        {
            this.category = category;
            this.lines = lines;
        }

        public IEnumerable<string> Lines => lines;

        public ILogger CreateLogger(string categoryName) => new RememberedLog(categoryName, lines);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => lines.Enqueue($"{category}: {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
