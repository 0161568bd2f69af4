// The part of the Azure Functions isolated worker's API that src/NhiFunctions/Functions/*.cs use, with the worker's names, namespace and shapes, so that the very same files compile here and
// run in `nhi-local host`: not every package feed serves the worker packages. Only declarations; the behaviour is in Host/. One file, because it mirrors one API:
// Microsoft.Azure.Functions.Worker 2.52.0 (Worker.Core: FunctionAttribute), Worker.Extensions.Abstractions 1.3.0 (BindingAttribute, TriggerBindingAttribute),
// Worker.Extensions.EventGrid 3.6.0, Worker.Extensions.Timer 4.3.1, Worker.Extensions.Http 3.3.0. What a function needs beyond it is added here in the shape that those versions have.

using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions
{
    /// <summary>Marks a parameter as bound to something outside.</summary>
    public abstract class BindingAttribute : Attribute;

    /// <summary>Marks the parameter that a function is started by.</summary>
    public abstract class TriggerBindingAttribute : BindingAttribute;
}

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Marks a method as a function.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class FunctionAttribute(string name) : Attribute
    {
        /// <summary>The function's name, unique in the app.</summary>
        public string Name { get; } = name;
    }

    /// <summary>Starts the function for each event that Event Grid delivers.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class EventGridTriggerAttribute : TriggerBindingAttribute
    {
        /// <summary>One call for a whole delivery instead of one for each event.</summary>
        public bool IsBatched { get; set; }
    }

    /// <summary>Starts the function by a schedule.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
    {
        /// <summary>NCRONTAB with six fields, UTC.</summary>
        public string Schedule { get; } = schedule;

        /// <summary>The host remembers the schedule, so that an occurrence that was missed is made up for.</summary>
        public bool UseMonitor { get; set; } = true;

        /// <summary>The function runs at each start of the host.</summary>
        public bool RunOnStartup { get; set; }
    }

    /// <summary>What a timer's function is told.</summary>
    public sealed class TimerInfo
    {
        /// <summary>Null for schedules of a minute or less.</summary>
        public ScheduleStatus? ScheduleStatus { get; set; }

        /// <summary>The run comes later than scheduled.</summary>
        public bool IsPastDue { get; set; }
    }

    /// <summary>Where a timer stands in its schedule; UTC.</summary>
    public sealed class ScheduleStatus
    {
        /// <summary>The occurrence before; the default value before the first one.</summary>
        public DateTime Last { get; set; }

        /// <summary>The occurrence to come.</summary>
        public DateTime Next { get; set; }

        /// <summary>When this was written.</summary>
        public DateTime LastUpdated { get; set; }
    }

    /// <summary>Starts the function by an HTTP request.</summary>
    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods) : TriggerBindingAttribute
    {
        /// <summary>The key that a caller has to show.</summary>
        public AuthorizationLevel AuthLevel { get; } = authLevel;

        /// <summary>The methods that it answers, in any case; none = all.</summary>
        public string[] Methods { get; } = methods;

        /// <summary>Its path below <c>/api/</c>; null = the function's name.</summary>
        public string? Route { get; set; }
    }

    /// <summary>Whose key opens an HTTP function.</summary>
    public enum AuthorizationLevel
    {
        /// <summary>No key.</summary>
        Anonymous = 0,

        /// <summary>A signed-in user; the platform's, not used here.</summary>
        User = 1,

        /// <summary>A function or host key.</summary>
        Function = 2,

        /// <summary>An extension's key.</summary>
        System = 3,

        /// <summary>The master key.</summary>
        Admin = 4,
    }
}
