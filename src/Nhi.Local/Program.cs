using System.CommandLine;
using Nhi.Azure;
using Nhi.Local.Demo;
using Nhi.Local.Hosting;

var root = new RootCommand("NhiFunctions on one machine: the demo, or its parts.");
DemoCommand.AddTo(root);
root.Subcommands.Add(HostCommand.Create((services, configuration) => services.AddNhi(configuration)));
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
