using System.Diagnostics;

namespace Nhi.Infra.Tests;

/// <summary>
/// infra/*.sh over an <c>az</c> that answers what the test says and notes what it was asked to change: that they look before they act, and stop. What Azure itself answers is infra/acceptance.sh's.
/// POSIX systems only (skipped on Windows, and where there is no jq).
/// </summary>
public sealed class ScriptTests : IDisposable
{
    private static readonly bool _canRun = !OperatingSystem.IsWindows() && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "jq")));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nhi-infra-");

    /// <summary>Reads are answered, anything else is noted.</summary>
    private const string Az = """
        #!/bin/sh
        settings='[{"name":"Nhi__Cloud","value":"AzureCloud"}]'
        case "$*" in
          "keyvault secret list"*) echo "${KEYS:-1}";;
          "functionapp config appsettings list"*) echo "${SETTINGS-$settings}";;
          "storage entity query"*) echo "${MARKER:-0}";;
          "storage blob list"*) echo "${LOGGED:-0}";;
          "storage account show"*) echo "{\"allowSharedKeyAccess\":${SHARED:-false},\"sku\":{\"name\":\"Standard_ZRS\"}}";;
          *"immutability-policy show"*) echo "{\"state\":\"${STATE:-Unlocked}\",\"immutabilityPeriodSinceCreationInDays\":${DAYS:-2557},\"allowProtectedAppendWrites\":${APPEND:-false},\"etag\":\"e1\"}";;
          "storage blob exists"*) echo "${PREPARED:-true}";;
          "account show"*) echo somebody;;
          "identity list"*"[?ends_with(name, '-id-cleanup')]"*) echo principal-of-cleanup;;
          "identity list"*"[?ends_with(name, '-id-curtailer')]"*) echo principal-of-curtailer;;
          "identity list"*"[?contains(name, '-id-rotator-') || ends_with(name, '-id-keeper') || ends_with(name, '-id-cleanup') || ends_with(name, '-id-curtailer')]"*) echo principal-of-rotator;;
          "account list"*) echo subscription-1; echo subscription-2;;
          "role assignment list"*) [ "${GIVEN:-true}" = false ] || echo "/role-of/$5/$8";;
          *) echo "$*" >> "$NOTES";;
        esac
        """;

    [Fact]
    public async Task A_new_deployment_gets_its_fingerprint_key_its_first_blobs_and_then_its_marker()
    {
        var (code, _, notes) = await RunAsync("prepare.sh", "", [], ("KEYS", "0"));
        Assert.Equal(0, code);
        Assert.Collection(notes,
            note => Assert.StartsWith("keyvault secret set --vault-name kv --name nhi-fingerprint-key --file ", note, StringComparison.Ordinal),
            note => Assert.Equal("nhi evidence prepare AzureCloud", note),
            note => Assert.Contains("--entity PartitionKey=marker RowKey=ready --if-exists fail", note, StringComparison.Ordinal));
    }

    /// <summary>What a shell reads is quoted, whoever may write settings; the app's identities are nobody else's.</summary>
    [Theory]
    [InlineData("""[{"name":"Nhi__Cloud","value":"AzureCloud"},{"name":"Nhi__Identities__Watcher","value":"x"},{"name":"AzureWebJobsStorage__credential","value":"x"}]""", 0, "export Nhi__Cloud='AzureCloud'\n")]
    [InlineData("""[{"name":"Nhi__Cloud","value":"a'$(touch x)"},{"name":"Nhi__A;touch x;B","value":"x"}]""", 0, "export Nhi__Cloud='a'\\''$(touch x)'\n")]
    [InlineData("""[{"name":"AzureWebJobsStorage__credential","value":"x"}]""", 2, "app has no settings of the product. Deploy infra/main.bicep: infra/README.md.\n")]
    public async Task The_settings_of_a_deployment_are_said_as_lines_for_the_shell(string settings, int exits, string says)
    {
        var (code, output, _) = await RunAsync("settings.sh", "", ["rg"], ("SETTINGS", settings));
        Assert.Equal((exits, says), (code, output));
    }

    [Fact]
    public async Task A_second_preparation_makes_no_key_and_no_marker()
    {
        var (code, _, notes) = await RunAsync("prepare.sh", "", [], ("MARKER", "1"));
        Assert.Equal(0, code);
        Assert.Equal(["nhi evidence prepare AzureCloud"], notes);
    }

    [Fact]
    public async Task Lost_tables_get_no_marker_from_a_deployment()
    {
        var (code, output, notes) = await RunAsync("prepare.sh", "", [], ("LOGGED", "1"));
        Assert.Equal(42, code);
        Assert.Contains("Run: nhi rebuild", output, StringComparison.Ordinal);
        Assert.DoesNotContain(notes, note => note.Contains("marker", StringComparison.Ordinal));
    }

    [Theory, InlineData("DAYS", "30"), InlineData("APPEND", "true"), InlineData("SHARED", "true"), InlineData("PREPARED", "false"), InlineData("STATE", "none")]
    public async Task What_is_not_as_it_should_be_is_not_locked_whatever_one_answers(string what, string value)
    {
        var (code, output, notes) = await RunAsync("lock.sh", "evidence\n", ["rg", "evidence", "2026,2027,2028"], (what, value));
        Assert.Equal(1, code);
        Assert.Contains("Nothing was locked.", output, StringComparison.Ordinal);
        Assert.Empty(notes);
    }

    [Theory, InlineData(""), InlineData("yes\n"), InlineData("evidence2\n")]
    public async Task Nothing_is_locked_without_the_name_of_the_account(string answer)
    {
        var (code, _, notes) = await RunAsync("lock.sh", answer, ["rg", "evidence", "2026,2027,2028"]);
        Assert.NotEqual(0, code);
        Assert.Empty(notes);
    }

    [Fact]
    public async Task Locking_locks_what_was_looked_at_and_records_it_year_by_year()
    {
        var (code, output, notes) = await RunAsync("lock.sh", "evidence\n", ["rg", "evidence", "2026,2027,2028"]);
        Assert.Equal(0, code);
        Assert.Equal(6, notes.Count);
        for (var i = 0; i < 3; i++)
        {
            Assert.Contains($"immutability-policy lock --resource-group rg --account-name evidence --container-name evidence-{2026 + i} --if-match e1", notes[2 * i], StringComparison.Ordinal);
            Assert.Contains($"--container-name evidence-{2026 + i} --name keys/retention-locked.json", notes[(2 * i) + 1], StringComparison.Ordinal);
        }

        Assert.Contains("NHI_LOCKED_YEARS=2026,2027,2028", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locking_one_year_locks_no_other_and_says_those_that_were_locked_before()
    {
        var (code, output, notes) = await RunAsync("lock.sh", "evidence\n", ["rg", "evidence", "2029", "3650"], ("DAYS", "3650"), ("NHI_LOCKED_YEARS", "2026,2027,2028"));
        Assert.Equal((0, 2), (code, notes.Count));
        Assert.All(notes, note => Assert.Contains("--container-name evidence-2029 ", note, StringComparison.Ordinal));
        Assert.EndsWith("NHI_LOCKED_YEARS=2026,2027,2028,2029\n", output, StringComparison.Ordinal);
    }

    [Theory, InlineData("26"), InlineData("2026,x"), InlineData(""), InlineData("2026-2028")]
    public async Task What_is_no_list_of_years_locks_nothing(string years)
    {
        var (code, output, notes) = await RunAsync("lock.sh", "evidence\n", ["rg", "evidence", years]);
        Assert.Equal(2, code);
        Assert.Contains("is no year", output, StringComparison.Ordinal);
        Assert.Empty(notes);
    }

    [Theory, InlineData("rotator", "rg"), InlineData("cleanup", "rg", "cleanup"), InlineData("curtailer", "rg", "curtailer")]
    public async Task Taking_rights_away_shows_and_asks_and_takes_those_of_whom_it_was_asked_for(string whose, params string[] arguments)
    {
        var (refused, shown, nothing) = await RunAsync("observe.sh", "no\n", arguments);
        Assert.Equal((1, 0), (refused, nothing.Count));
        var (code, _, notes) = await RunAsync("observe.sh", "yes\n", arguments);
        Assert.Equal(0, code);
        Assert.Equal($"role assignment delete --ids /role-of/subscription-1/principal-of-{whose} /role-of/subscription-2/principal-of-{whose}", Assert.Single(notes));
        Assert.Contains($"/role-of/subscription-2/principal-of-{whose}\n", shown, StringComparison.Ordinal);
    }

    [Theory, InlineData(0, "have no assignment", "rg"), InlineData(0, "The identity cleanup has no assignment", "rg", "cleanup"), InlineData(2, "RESOURCE-GROUP", "rg", "else"), InlineData(2, "RESOURCE-GROUP")]
    public async Task Where_no_rights_are_to_be_taken_away_none_are(int code, string says, params string[] arguments)
    {
        var (exit, output, notes) = await RunAsync("observe.sh", "yes\n", arguments, ("GIVEN", "false"));
        Assert.Equal((code, 0), (exit, notes.Count));
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, IReadOnlyList<string> Notes)> RunAsync(string script, string input, string[] arguments, params (string Name, string Value)[] answers)
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell and jq");
        Write("az", Az);
        Write("dotnet", "#!/bin/sh\necho \"nhi evidence prepare $Nhi__Cloud\" >> \"$NOTES\"\n");
        var notes = Path.Combine(_folder.FullName, "notes");
        var start = new ProcessStartInfo("sh", [Repository.File("infra", script), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        (string, string)[] names = [("AZURE_RESOURCE_GROUP", "rg"), ("NHI_APP_NAME", "app"), ("NHI_OWN_VAULT", "kv"), ("NHI_STATE_ACCOUNT", "state"), ("NHI_EVIDENCE_ACCOUNT", "evidence"), ("NHI_FIRST_YEAR", "2026"), ("NOTES", notes)];
        foreach (var (name, value) in names.Concat(answers))
            start.Environment[name] = value;
        start.Environment["PATH"] = $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";
        using var process = Process.Start(start)!;
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without asking.
        }

        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors, File.Exists(notes) ? await File.ReadAllLinesAsync(notes) : []);
    }

    private void Write(string name, string text)
    {
        var file = Path.Combine(_folder.FullName, name);
        File.WriteAllText(file, text.ReplaceLineEndings("\n") + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
