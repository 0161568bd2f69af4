using Nhi.Cli;

return await CommandTree.RunAsync(args);
