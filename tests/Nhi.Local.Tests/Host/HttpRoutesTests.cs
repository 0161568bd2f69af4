using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;
using Nhi.Local.Hosting;

namespace Nhi.Local.Tests.Host;

public sealed class HttpRoutesTests
{
    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.ServiceUnavailable)]
    public async Task Health_needs_no_key_and_says_names_only(bool healthy, HttpStatusCode expected)
    {
        await using var host = await StartedHost.StartAsync();
        host.Governance.Health = new HealthReport(healthy, [new HealthCheck("evidence", true, "detail-one"), new HealthCheck("tables", healthy, "detail-two")]);
        using var response = await host.Client.GetAsync("/api/health", TestContext.Current.CancellationToken);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(expected, response.StatusCode);
        string word = healthy ? "true" : "false";
        Assert.Equal($$"""{"healthy":{{word}},"checks":[{"name":"evidence","ok":true,"warns":false},{"name":"tables","ok":{{word}},"warns":false}]}""", body);
    }

    [Fact]
    public async Task Only_the_declared_method_is_answered()
    {
        await using var host = await StartedHost.StartAsync();
        using var response = await host.Client.PostAsync("/api/health", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task Each_level_takes_its_own_key_and_the_master_key()
    {
        await using var host = await StartedHost.StartAsync(FunctionCatalog.Of([typeof(Doors)]));
        var keys = host.Host.Keys;
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.AdminAsync(HttpMethod.Get, "/api/Guarded", key: "nothing")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.AdminAsync(HttpMethod.Get, "/api/Guarded", key: keys.EventGrid)).Status);
        Assert.Equal((HttpStatusCode.OK, "\"Guarded\""), await host.AdminAsync(HttpMethod.Get, "/api/Guarded", key: keys.Default));
        Assert.Equal((HttpStatusCode.OK, "\"Guarded\""), await host.AdminAsync(HttpMethod.Get, "/api/Guarded", key: keys.Master));
        Assert.Equal(HttpStatusCode.Unauthorized, (await host.AdminAsync(HttpMethod.Put, "/api/keep/seven", key: keys.Default)).Status);
        Assert.Equal((HttpStatusCode.OK, "\"seven\""), await host.AdminAsync(HttpMethod.Put, "/api/keep/seven", key: keys.Master));
    }

    [Fact]
    public async Task A_function_that_throws_is_500_without_a_word_about_why()
    {
        await using var host = await StartedHost.StartAsync(FunctionCatalog.Of([typeof(Doors)]));
        Assert.Equal((HttpStatusCode.InternalServerError, ""), await host.AdminAsync(HttpMethod.Get, "/api/broken"));
        Assert.True(host.Host.IsIdle);
    }

    public sealed class Doors
    {
        [Function("Guarded")]
        public Task<IResult> Guarded([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request) => Task.FromResult(Results.Json(nameof(Guarded)));

        [Function("Keep")]
        public Task<IResult> Keep([HttpTrigger(AuthorizationLevel.Admin, "put", Route = "keep/{what}")] HttpRequest request) => Task.FromResult(Results.Json(request.RouteValues["what"]));

        [Function("Broken")]
        public Task<IResult> Broken([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "broken")] HttpRequest request) => throw new InvalidOperationException("the reason");
    }
}
