using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using NCrontab;

namespace Nhi.Local.Hosting;

/// <summary>One <c>[Function]</c> method and what starts it.</summary>
/// <param name="Name">Unique in the host; case is ignored, as the real host does.</param>
/// <param name="Method">A public instance method of a class that the container can make.</param>
/// <param name="Trigger">What starts it.</param>
public sealed record HostedFunction(string Name, MethodInfo Method, FunctionTrigger Trigger);

/// <summary>What starts a function.</summary>
public abstract record FunctionTrigger;

/// <summary>An event, delivered by webhook; the function takes its JSON text.</summary>
public sealed record EventGridFunctionTrigger : FunctionTrigger;

/// <summary>A schedule.</summary>
/// <param name="Schedule">Six fields, UTC.</param>
public sealed record TimerFunctionTrigger(CrontabSchedule Schedule) : FunctionTrigger;

/// <summary>A request below <c>/api/</c>.</summary>
/// <param name="Level">Whose key it takes.</param>
/// <param name="Methods">Upper case; empty = any.</param>
/// <param name="Route">ASP.NET Core's route pattern below <c>/api/</c>.</param>
public sealed record HttpFunctionTrigger(AuthorizationLevel Level, IReadOnlyList<string> Methods, string Route) : FunctionTrigger;
