using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Nhi.Governance.Triggers;

namespace NhiFunctions;

/// <summary><c>GET /api/health</c> for probes that carry no key: 200 or 503 with the names of the parts, nothing about them.</summary>
public sealed class Health(IGovernance governance)
{
    [Function(nameof(Health))]
    public async Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "health")] HttpRequest request, CancellationToken ct)
    {
        var report = await governance.HealthAsync(ct);
        var checks = report.Checks.Select(check => new { check.Name, check.Ok, check.Warns });
        return Results.Json(
            new { report.Healthy, Checks = checks },
            statusCode: report.Healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
