using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using NCrontab;

namespace Nhi.Local.Hosting;

/// <summary>The functions of a set of types, found by reflection and checked before the first one runs.</summary>
public sealed class FunctionCatalog
{
    private static readonly CrontabSchedule.ParseOptions Seconds = new() { IncludingSeconds = true };
    private readonly Dictionary<string, HostedFunction> byName = new(StringComparer.OrdinalIgnoreCase);

    private FunctionCatalog()
    {
    }

    /// <summary>All functions, by name.</summary>
    public IEnumerable<HostedFunction> All => byName.Values.OrderBy(function => function.Name, StringComparer.Ordinal);

    /// <summary>The functions of the app itself: those that this program compiles from <c>src/NhiFunctions/Functions</c>.</summary>
    public static FunctionCatalog OfTheApp() => Of(typeof(NhiFunctions.OnSecretEvent).Assembly.GetTypes());

    /// <summary>
    /// The functions among the methods of <paramref name="types"/>. Throws <see cref="InvalidOperationException"/> for a function that the host couldn't run as the real one does:
    /// two of one name, no trigger or two, a parameter or a return type that is not known, a schedule that is not NCRONTAB with six fields.
    /// </summary>
    public static FunctionCatalog Of(IEnumerable<Type> types)
    {
        var catalog = new FunctionCatalog();
        foreach (var method in types.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance)))
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is not { } attribute)
                continue;
            var function = new HostedFunction(attribute.Name, method, TriggerOf(attribute.Name, method));
            if (!catalog.byName.TryAdd(function.Name, function))
                throw Wrong(function.Name, "is declared twice; names are unique in an app and ignore case");
        }

        return catalog;
    }

    /// <summary>The function of that name with that kind of trigger; null if there is none.</summary>
    public HostedFunction? Find<TTrigger>(string? name)
        where TTrigger : FunctionTrigger
        => Find(name) is { Trigger: TTrigger } function ? function : null;

    /// <summary>The function of that name; null if there is none.</summary>
    public HostedFunction? Find(string? name) => name is not null && byName.TryGetValue(name, out var function) ? function : null;

    private static FunctionTrigger TriggerOf(string name, MethodInfo method)
    {
        FunctionTrigger? found = null;
        foreach (var parameter in method.GetParameters())
        {
            if (parameter.ParameterType == typeof(CancellationToken))
                continue;
            var trigger = parameter.GetCustomAttribute<TriggerBindingAttribute>()
                ?? throw Wrong(name, $"has the parameter '{parameter.Name}' that nothing binds; take what it needs by constructor");
            if (found is not null)
                throw Wrong(name, "has two triggers");
            found = TriggerOf(name, trigger, parameter.ParameterType);
        }

        var only = found ?? throw Wrong(name, "has no trigger");
        var returns = only is HttpFunctionTrigger ? typeof(Task<IResult>) : typeof(Task);
        return method.ReturnType == returns ? only : throw Wrong(name, $"returns {method.ReturnType.Name}, not {returns.Name}");
    }

    private static FunctionTrigger TriggerOf(string name, TriggerBindingAttribute attribute, Type parameter) => attribute switch
    {
        EventGridTriggerAttribute { IsBatched: false } when parameter == typeof(string) => new EventGridFunctionTrigger(),
        TimerTriggerAttribute timer when parameter == typeof(TimerInfo) => new TimerFunctionTrigger(ScheduleOf(name, timer.Schedule)),
        HttpTriggerAttribute { AuthLevel: not AuthorizationLevel.User } http when parameter == typeof(HttpRequest) => new HttpFunctionTrigger(
            http.AuthLevel,
            [.. http.Methods.Select(method => method.ToUpperInvariant())],
            http.Route ?? name),
        _ => throw Wrong(name, $"binds {attribute.GetType().Name} to {parameter.Name}: the host knows string for an event (not batched), TimerInfo, and HttpRequest (not for users)"),
    };

    private static CrontabSchedule ScheduleOf(string name, string expression)
        => CrontabSchedule.TryParse(expression, Seconds) ?? throw Wrong(name, $"has the schedule '{expression}', which is not NCRONTAB with six fields (seconds first)");

    private static InvalidOperationException Wrong(string name, string what) => new($"The function {name} {what}.");
}
