using Nhi.Local.Demo.Checks;
using Nhi.Local.Demo.Screen;

namespace Nhi.Local.Demo.Story;

/// <summary>The estate as provider, vault and evidence show it, compared with each other.</summary>
internal sealed class TheEnd(string? stateFolder, string? exportFolder) : IChapter
{
    public string Title => "What provider, vault and evidence say at the end";

    public async Task PlayAsync(Stage stage, CancellationToken ct)
    {
        await new FinalChecks(stage).RunAsync(ct);
        EstateTable.Write(stage);
        var narrator = stage.Narrator;
        narrator.Say("Where to look next:");
        if (exportFolder is not null)
            narrator.Show($"ls -R {exportFolder}                              the evidence of this run");
        else
            narrator.Show("dotnet run --project src/Nhi.Local -- --export DIR     the evidence as folders, to look at and to verify");
        if (stateFolder is not null)
            narrator.Show($"dotnet run --project src/Nhi.Local -- --state {stateFolder}     goes on with this estate; {stateFolder}/policy.yaml is its policy");
        else
            narrator.Show("dotnet run --project src/Nhi.Local -- --state DIR      keeps the estate; a second run goes on with it");
        narrator.Show("dotnet run --project src/Nhi.Local -- --emulators      only the world, for a host of your own");
        narrator.Show("dotnet run --project src/Nhi.Cli -- --help             nhi, for operators and auditors");
    }
}
