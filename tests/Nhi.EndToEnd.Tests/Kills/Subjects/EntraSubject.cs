using Nhi.Local;
using Nhi.Local.Emulators.Graph;

namespace Nhi.EndToEnd.Tests.Kills;

/// <summary>Overlap class multi: an application's secrets.</summary>
internal sealed class EntraSubject(World world, string name) : Subject(world, name)
{
    private Application application = null!;

    public override string Kind => "entra-app-secret";

    public override Task<bool> OpensAsync(string value) => Task.FromResult(World.Tenant.Accepts(application, value));

    public override Task<int> LivingAsync() => Task.FromResult(World.Tenant.SecretsOf(application).Count);

    protected override Task<(string Value, string? Resource)> MakeAsync()
    {
        application = World.Tenant.Add(Name, World.Identities.Rotators["prod"]);
        return Task.FromResult<(string, string?)>((World.Tenant.AddSecret(application, "made by hand").Secret, application.AppId));
    }
}
