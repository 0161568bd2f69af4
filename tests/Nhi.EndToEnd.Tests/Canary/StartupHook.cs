using System.Diagnostics.Tracing;
using System.Text;
using Nhi.EndToEnd.Tests.Cli;

// The runtime's own contract for a startup hook: this name, in no namespace.
#pragma warning disable CA1050

/// <summary>
/// Loaded by the runtime into host and command line before their first line (<c>DOTNET_STARTUP_HOOKS</c>): writes to standard error what a listener at verbose hears of Azure's SDK,
/// HTTP and ASP.NET Core, and every exception of the product as it is thrown, whether or not somebody catches it.
/// </summary>
internal static class StartupHook
{
    public const string EventMark = "[event] ";
    public const string ThrownMark = "[thrown] ";

    private static EventListener? _listener;

    [ThreadStatic]
    private static bool _inside;

    public static void Initialize()
    {
        var serves = Environment.GetEnvironmentVariable(Serving.Switch);
        if (serves != Serving.Quiet)
            Listen();
        if (serves is not null)
            Serving.Run();
    }

    private static void Listen()
    {
        _listener = new Listener();
        AppDomain.CurrentDomain.FirstChanceException += (_, thrown) =>
        {
            // Those of the SDK quote what services answer; what matters is what the product makes of them.
            if (!_inside && thrown.Exception.GetType().FullName?.StartsWith("Nhi.", StringComparison.Ordinal) == true)
                Write(ThrownMark, () => thrown.Exception.ToString());
        };
    }

    private static void Write(string mark, Func<string> text)
    {
        _inside = true;
        try
        {
            Console.Error.WriteLine(mark + text().ReplaceLineEndings(" "));
        }
        finally
        {
            _inside = false;
        }
    }

    private sealed class Listener : EventListener
    {
        // Not Npgsql.Sql: the driver's own source tells statements, and the statement that sets a password holds its SCRAM verifier, as the server takes it. No host forwards it.
        private static readonly string[] Heard = ["Azure-", "System.Net.Http", "System.Net.Security", "Microsoft.AspNetCore", "Microsoft-AspNetCore"];

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (Array.Exists(Heard, name => eventSource.Name.StartsWith(name, StringComparison.Ordinal)))
                EnableEvents(eventSource, EventLevel.Verbose, EventKeywords.All);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (!_inside)
                Write(EventMark, () => Told(eventData));
        }

        private static string Told(EventWrittenEventArgs one)
        {
            var text = new StringBuilder(one.EventSource.Name).Append(' ').Append(one.EventName).Append(' ').Append(one.Message);
            foreach (var part in one.Payload ?? (IReadOnlyList<object?>)[])
                text.Append(" | ").Append(part is byte[] bytes ? Encoding.UTF8.GetString(bytes) : part);
            return text.ToString();
        }
    }
}
