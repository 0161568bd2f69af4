using Azure.Core.Pipeline;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Nhi.Azure.Pipeline;
using Nhi.Azure.Rest;
using Nhi.Azure.Rotators.Entra;
using Nhi.Azure.Rotators.Generated;
using Nhi.Azure.Rotators.Postgres;
using Nhi.Azure.Rotators.Storage;
using Nhi.Governance.Kinds;

namespace Nhi.Azure.Rotators;

/// <summary>The kinds of this product.</summary>
public static class RotatorRegistration
{
    /// <summary>
    /// Registers the rotators, the <see cref="KindRegistry"/> over them and the REST client. Needs an <see cref="ICredentialSource"/> and the configuration;
    /// reads <c>Nhi__Cloud</c>, <c>Nhi__Entra__…</c> (<see cref="EntraOptions"/>) and <c>Nhi__Postgres__…</c> (<see cref="PostgresOptions"/>). Who registers a <see cref="CloudHosts"/> or a <see cref="RestTuning"/> before overrules ours.
    /// </summary>
    public static IServiceCollection AddNhiRotators(this IServiceCollection services)
    {
        services.AddOptions<EntraOptions>().BindConfiguration("Nhi:Entra");
        services.AddOptions<PostgresOptions>().BindConfiguration("Nhi:Postgres");
        services.TryAddSingleton(provider => CloudHosts.Of(provider.GetRequiredService<IConfiguration>()["Nhi:Cloud"]));
        services.TryAddSingleton(provider => new RestTuning { Transport = provider.GetService<HttpPipelineTransport>() });
        // Waits, and the date of a signed request, are real time: governance time may run ahead of it.
        services.TryAddSingleton(provider => new AzureRest(provider.GetRequiredService<ICredentialSource>(), TimeProvider.System, provider.GetRequiredService<RestTuning>(), provider.GetService<CallCounter>()));
        services.AddSingleton<IRotator>(provider => new EntraAppSecretRotator(
            provider.GetRequiredService<AzureRest>(), provider.GetRequiredService<CloudHosts>(), provider.GetRequiredService<IOptions<EntraOptions>>().Value));
        services.AddSingleton<IRotator>(provider => new StorageAccountKeyRotator(
            provider.GetRequiredService<AzureRest>(), provider.GetRequiredService<CloudHosts>(), TimeProvider.System));
        services.AddSingleton<IRotator>(provider => new PostgresRoleRotator(
            provider.GetRequiredService<ICredentialSource>(), provider.GetRequiredService<CloudHosts>(), provider.GetRequiredService<IOptions<PostgresOptions>>().Value));
        services.AddSingleton<IRotator, GeneratedRotator>();
        services.TryAddSingleton<KindRegistry>();
        return services;
    }
}
