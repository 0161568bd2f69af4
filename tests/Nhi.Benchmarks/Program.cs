using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Nhi.Benchmarks;

// `budgets`: the table of README, in a minute or two. Everything else goes to BenchmarkDotNet: `--filter '*'`, `--list flat`.
if (args is ["budgets", ..])
    return await BudgetTable.PrintAsync(Console.Out, only: args.ElementAtOrDefault(1));

// In this process: what is compared shares its just-in-time compiler and its log, and nothing is restored or built anew.
var job = Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(7);
BenchmarkSwitcher.FromAssembly(typeof(BudgetTable).Assembly).Run(args, DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default));
return 0;
