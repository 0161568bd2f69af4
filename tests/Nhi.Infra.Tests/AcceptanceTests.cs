using System.Diagnostics;
using System.Text.RegularExpressions;
using Nhi.Infra.Tests.Walk;

namespace Nhi.Infra.Tests;

/// <summary>
/// infra/acceptance.sh and infra/doctor.sh themselves, over an Azure that answers as it should, or wrongly in one thing: that they end, and say which check fails. What Azure answers nobody knows before they run on a live subscription.
/// </summary>
public sealed partial class AcceptanceTests : IDisposable
{
    private static readonly bool _canRun = !OperatingSystem.IsWindows() && Sandbox.Find("jq") is not null && Sandbox.Find("openssl") is not null;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("nhi-acceptance-");

    /// <summary>Each answer can be replaced by a variable of the test's.</summary>
    private const string Az = """
        #!/bin/sh
        echo "az $*" >> "$FOLDER/words"
        deployed='[null,{"nhI_APP_NAME":{"value":"app"},"nhI_HOST_ACCOUNT":{"value":"host"},"nhI_STATE_ACCOUNT":{"value":"state"},"nhI_EVIDENCE_ACCOUNT":{"value":"evid"},"nhI_OWN_VAULT":{"value":"own"},"nhI_FIRST_YEAR":{"value":2026}}]'
        kept='{"state":"Unlocked","immutabilityPeriodSinceCreationInDays":2557,"allowProtectedAppendWrites":false}'
        case "$*" in
          "account get-access-token"*) echo the-token;;
          "account show"*) echo 22222222-2222-2222-2222-222222222222;;
          "group show"*) echo westeurope;;
          "deployment group list"*) echo "${OUTPUTS-$deployed}";;
          "deployment group what-if"*) echo 0;;
          "monitor app-insights component show"*) echo app-id;;
          *"message startswith"*) echo "${CHECKPOINTS-6}";;
          *"make_set"*) echo '["OnSecretEvent"]';;
          *"countif"*) printf '%s\t1\n' "${EVENTS-1}";;
          "keyvault secret list --vault-name own"*) echo "${KEYS-1}";;
          "keyvault secret list"*) ;;
          "keyvault secret set"*"--file "*) while [ "$1" != --file ]; do shift; done; [ -s "$2" ] || exit 9;;
          "keyvault key download"*) while [ "$1" != --file ]; do shift; done; [ "${DOWNLOADS-yes}" = yes ] || exit 1; openssl ecparam -name prime256v1 -genkey -noout 2> /dev/null | openssl pkey -pubout > "$2";;
          "functionapp config appsettings list"*) echo "${POLICY-https://state.blob.example/policy/policy.yaml}";;
          "storage blob exists"*"--container-name policy --name policy.yaml"*) echo "${UPLOADED-true}";;
          "keyvault key list-versions"*) echo "${DISABLED-0}";;
          "keyvault key show"*) echo "${ENDS-}";;
          "storage blob exists"*) echo "${PREPARED-true}";;
          "storage entity query"*) echo "${MARKER-1}";;
          "functionapp function list"*) for name in ${FUNCTIONS-OnSecretEvent Health Publish ReconcileOperations ReconcileReality RemoveNeglected RevokeDebts SequenceEvidence SweepDue SweepInventory VerifyEvidence}; do echo "app/$name"; done;;
          "eventgrid system-topic list"*) printf 'nhi-kv-payroll\trg-payroll\n';;
          "eventgrid system-topic event-subscription show --name nhi-secrets --system-topic-name nhi-kv-payroll --resource-group rg-payroll"*) echo "${SUBSCRIBED-Succeeded}";;
          "identity list"*) echo 00000000-0000-0000-0000-00000000aaaa;;
          "role assignment list"*) echo 'NhiFunctions finds vaults';;
          "storage account show"*) echo https://evid.blob.example/;;
          "storage container exists"*) echo "${ARCHIVE-true}";;
          "provider show"*) echo 2026-01-01;;
          "functionapp show"*) echo app.example;;
          "resource show"*) echo 40;;
          "storage blob delete"*) [ "${DELETES-no}" = yes ] || { echo "${REFUSAL-ErrorCode:BlobImmutableDueToPolicy}" >&2; exit 1; };;
          "storage blob tag set"*"--name keys/acceptance-1.txt --tags"*) [ "${TAGS-no}" = yes ] || { echo 'ErrorCode:BlobImmutableDueToPolicy' >&2; exit 1; };;
          "storage blob list"*"--prefix records/"*) echo "${RECORD-records/2026/11/24/13/a.json}";;
          "storage blob list"*"--prefix keys/acceptance-"*) echo "${LEFT-keys/acceptance-1.txt}";;
          "storage container immutability-policy show"*"--container-name evidence-2027"*) echo "${RETENTION-$kept}";;
          "storage container immutability-policy show"*) echo "$kept";;
          "storage account keys list"*) exit 1;;
          *) echo "nobody answers: az $*" >&2; exit 9;;
        esac
        """;

    private const string Curl = """
        #!/bin/sh
        echo "curl $*" >> "$FOLDER/words"
        while [ $# -gt 0 ]; do [ "$1" = --dump-header ] && head=$2; case "$1" in @*/authorization) [ "$(cat "${1#@}")" = 'Authorization: Bearer the-token' ] || exit 9; ls -l "${1#@}" >> "$FOLDER/modes";; esac; last=$1; shift; done
        case "$last" in
          */api/health) printf '%s in 0.2 s' "${HEALTH-403}"; exit;;
          */records/*) status=${OUTSIDE-403};;
          *) if [ -f "$FOLDER/put" ]; then status=${AGAIN-409}; else touch "$FOLDER/put"; status=${CREATED-201}; fi;;
        esac
        : > "$head"
        [ "$status" = 201 ] || printf 'x-ms-error-code: Refused\r\n' > "$head"
        printf '%s' "$status"
        """;

    private const string Dotnet = """
        #!/bin/sh
        echo "$*" >> "$FOLDER/asked"
        echo "${DIFFERENCES-140 resources: no difference, 0 not read}"
        exit "${DOCTOR-0}"
        """;

    private const string Bicep = """
        #!/bin/sh
        echo "bicep $*" >> "$FOLDER/asked"
        grep -s '^param year' "$2" >> "$FOLDER/asked"
        : > "${2%.bicepparam}.snapshot.json"
        """;

    [Fact]
    public async Task Where_all_is_as_it_should_be_every_check_says_so_and_the_doctor_is_last()
    {
        var (code, output) = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll"]);
        Assert.True(code == 0, output);
        var checks = CheckPattern().Matches(Repository.Text("infra", "acceptance.sh")).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(checks, LinePattern().Matches(output).Select(match => match.Groups["check"].Value).Distinct());
        Assert.DoesNotContain("FAILED", output, StringComparison.Ordinal);
        Assert.EndsWith("All that was checked is so.\n", output, StringComparison.Ordinal);
        Assert.Contains("ok      doctor: 140 resources: no difference", output, StringComparison.Ordinal);
    }

    /// <summary>Whoever is on the same machine sees the words of a command.</summary>
    [Fact]
    public async Task Neither_a_token_nor_a_value_is_a_word_of_a_command()
    {
        await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll"]);
        var words = await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "words"), TestContext.Current.CancellationToken);
        Assert.Contains("/authorization", words, StringComparison.Ordinal);
        Assert.DoesNotContain("the-token", words, StringComparison.Ordinal);
        Assert.Contains("keyvault secret set --vault-name kv-payroll --name nhi-acceptance --file ", words, StringComparison.Ordinal);
        Assert.DoesNotContain("--value", words, StringComparison.Ordinal);
        var modes = await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "modes"), TestContext.Current.CancellationToken);
        Assert.Equal(3, modes.Length);
        Assert.All(modes, mode => Assert.StartsWith("-rw------- ", mode, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KEYS", "0", "prepared"), InlineData("KEYS", "2", "prepared"), InlineData("PREPARED", "false", "prepared"), InlineData("MARKER", "0", "prepared")]
    [InlineData("FUNCTIONS", "OnSecretEvent Health", "code"), InlineData("SUBSCRIBED", "Failed", "subscriptions")]
    [InlineData("CREATED", "403", "create-only"), InlineData("AGAIN", "201", "create-only"), InlineData("OUTSIDE", "201", "create-only")]
    [InlineData("ARCHIVE", "false", "audit-log"), InlineData("EVENTS", "0", "event"), InlineData("CHECKPOINTS", "0", "telemetry"), InlineData("HEALTH", "500", "inbound")]
    [InlineData("RECORD", "", "create-only"), InlineData("DELETES", "yes", "retention"), InlineData("REFUSAL", "ErrorCode:LeaseIdMissing", "retention"), InlineData("RETENTION", "", "retention"), InlineData("RETENTION", "{}", "retention")]
    [InlineData("RETENTION", """{"state":"Locked","immutabilityPeriodSinceCreationInDays":2557,"allowProtectedAppendWritesAll":true}""", "retention"), InlineData("RETENTION", """{"state":"Locked","immutabilityPeriodSinceCreationInDays":0}""", "retention")]
    [InlineData("DISABLED", "1", "log-key"), InlineData("ENDS", "2026-12-01T00:00:00+00:00", "log-key"), InlineData("DOWNLOADS", "no", "log-key"), InlineData("UPLOADED", "false", "policy"), InlineData("DOCTOR", "1", "doctor")]
    public async Task What_is_not_so_fails_its_check_and_no_other(string what, string value, string check)
    {
        var (code, output) = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll"], (what, value));
        Assert.Equal(1, code);
        Assert.Equal([check], LinePattern().Matches(output).Where(match => match.Groups["how"].Value == "FAILED").Select(match => match.Groups["check"].Value).Distinct());
        Assert.Contains(" checks failed.", output, StringComparison.Ordinal);
    }

    /// <summary>Most may not even try: their refusal is none of the policy.</summary>
    [Theory, InlineData("You do not have the required permissions needed to perform this operation."), InlineData("ErrorCode:AuthorizationPermissionMismatch")]
    public async Task That_a_person_may_not_delete_is_no_word_of_the_policy(string refusal)
    {
        var (code, output) = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll"], ("REFUSAL", refusal));
        Assert.Equal(0, code);
        Assert.DoesNotContain("cannot be deleted", output, StringComparison.Ordinal);
        Assert.Contains("told    retention: you may not delete, which says nothing of the policy: let somebody who may run infra/acceptance.sh rg-nhi kv-payroll retention\n", output, StringComparison.Ordinal);
        (code, output) = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll", "retention"], ("REFUSAL", refusal));
        Assert.Equal(1, code);
        Assert.Contains("FAILED  retention: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TAGS", "yes", 0, "told    retention: Set Blob Tags is taken"), InlineData("TAGS", "no", 0, "told    retention: Set Blob Tags is refused: ErrorCode:BlobImmutableDueToPolicy")]
    [InlineData("LEFT", "", 1, "FAILED  retention: no blob of an acceptance"), InlineData("DELETES", "yes", 1, "FAILED  retention: a blob of evidence-2026 was deleted")]
    public async Task Who_may_delete_tries_the_policy_and_nothing_else(string what, string value, int code, string says)
    {
        var run = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll", "retention"], (what, value));
        Assert.True(run.Code == code, run.Output);
        Assert.Contains(says, run.Output, StringComparison.Ordinal);
        Assert.Equal(["retention"], LinePattern().Matches(run.Output).Select(match => match.Groups["check"].Value).Distinct());
    }

    [Fact]
    public async Task The_doctor_compares_what_both_parameter_files_say_of_the_year_that_was_deployed()
    {
        var (code, output) = await RunAsync("doctor.sh", ["rg-nhi"]);
        Assert.True(code == 0, output);
        var asked = await File.ReadAllLinesAsync(Path.Combine(_folder.FullName, "asked"), TestContext.Current.CancellationToken);
        const string Where = "--tenant-id 22222222-2222-2222-2222-222222222222 --subscription-id 22222222-2222-2222-2222-222222222222 --resource-group rg-nhi --location westeurope";
        Assert.Equal(
            [
                $"bicep snapshot infra/main.bicepparam.year.bicepparam {Where}", "param year = 2026", $"bicep snapshot infra/subscriptions.bicepparam {Where}",
                "run --project infra/../src/Nhi.Cli -- doctor --deployment infra/main.snapshot.json infra/subscriptions.snapshot.json",
            ], asked);
        Assert.DoesNotContain("main.bicepparam.year.bicepparam", Directory.EnumerateFiles(Path.Combine(_folder.FullName, "infra")).Select(Path.GetFileName));
        Assert.Equal(1, (await RunAsync("doctor.sh", ["rg-nhi", "2026"], ("DOCTOR", "1"))).Code);
        Assert.Equal(3, (await RunAsync("doctor.sh", ["rg-nhi", "2026"], ("DOCTOR", "3"))).Code);
    }

    [Theory]
    [InlineData("", "", "infra/doctor.sh RESOURCE-GROUP [YEAR]")]
    [InlineData("rg-nhi two", "", "YEAR is 'two'")]
    [InlineData("rg-nhi", "OUTPUTS=[]", "deploy infra/main.bicep, or export both")]
    [InlineData("rg-nhi", "OUTPUTS=[]", "NHI_APP_NAME or NHI_HOST_ACCOUNT is not set")]
    [InlineData("rg-nhi", "NHI_ALERT_EMAILS=", "NHI_ALERT_EMAILS is not set")]
    [InlineData("rg-nhi", "-bicep", "az bicep install")]
    [InlineData("rg-nhi", "-az", "az is not installed")]
    [InlineData("rg-nhi", "-dotnet", "dotnet is not installed")]
    public async Task What_the_doctor_lacks_is_named_with_its_remedy_before_anything_is_compared(string arguments, string change, string says)
    {
        var (code, output) = await RunAsync("doctor.sh", arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), change.Split('=') is [var name, var value] ? [(name, value)] : [], change.StartsWith('-') ? change[1..] : null);
        Assert.Equal(2, code);
        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.FullName, "asked")));
    }

    [Fact]
    public async Task Every_page_that_the_acceptance_names_is_in_the_repository()
    {
        var (_, output) = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll"], ("ARCHIVE", "false"));
        Assert.Contains("set auditWorkspaceId (infra/README.md)", output, StringComparison.Ordinal);
        Assert.All(PagePattern().Matches(Repository.Text("infra", "acceptance.sh")).Select(match => match.Value), page => Assert.True(File.Exists(Repository.File(page.Split('/'))) || File.Exists(Repository.File("infra", page)), page));
    }

    [Fact]
    public async Task Nothing_is_accepted_where_nothing_is_deployed()
    {
        var (code, output) = await RunAsync("acceptance.sh", ["rg-nhi", "kv-payroll"], ("OUTPUTS", "[]"));
        Assert.Equal(2, code);
        Assert.Contains("No deployment of infra/main.bicep has succeeded in rg-nhi", output, StringComparison.Ordinal);
    }

    public static TheoryData<string> Scripts => [.. Directory.EnumerateFiles(Repository.File("infra"), "*.sh").Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    /// <summary>Of one list az makes a line for each value; of a list of lists a line with tabs, which the scripts cut.</summary>
    [Theory, MemberData(nameof(Scripts))]
    public void Whoever_wants_values_in_one_line_asks_for_a_list_of_lists(string script) => Assert.DoesNotMatch(OneListPattern(), Repository.Text("infra", script));

    [Theory, MemberData(nameof(Scripts))]
    public async Task Every_script_can_be_read_by_the_shell_and_says_its_usage(string script)
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell");
        using var read = Process.Start(new ProcessStartInfo("sh", ["-n", Repository.File("infra", script)]) { RedirectStandardError = true })!;
        await read.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, read.ExitCode);
        if (!OperatingSystem.IsWindows())
            Assert.True(File.GetUnixFileMode(Repository.File("infra", script)).HasFlag(UnixFileMode.UserExecute), script);
    }

    private Task<(int Code, string Output)> RunAsync(string script, string[] arguments, params (string Name, string Value)[] answers) => RunAsync(script, arguments, answers, null);

    private async Task<(int Code, string Output)> RunAsync(string script, string[] arguments, (string Name, string Value)[] answers, string? without)
    {
        Assert.SkipUnless(_canRun, "needs a POSIX shell, jq and openssl");
        var (bin, infra) = (Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")), Directory.CreateDirectory(Path.Combine(_folder.FullName, "infra")));
        foreach (var (name, text) in new[] { ("az", Az), ("curl", Curl), ("dotnet", Dotnet), ("bicep", Bicep), ("sleep", "#!/bin/sh") }.Where(one => one.Item1 != without))
            Install(Path.Combine(bin.FullName, name), text);
        foreach (var tool in (string[])["sh", "cat", "sed", "date", "mktemp", "rm", "grep", "tr", "head", "tail", "dirname", "mv", "touch", "ls", "jq", "openssl"])
            if (!File.Exists(Path.Combine(bin.FullName, tool)))
                File.CreateSymbolicLink(Path.Combine(bin.FullName, tool), Sandbox.Find(tool)!);
        foreach (var file in Directory.EnumerateFiles(Repository.File("infra"), "*.*").Where(file => file.EndsWith(".sh", StringComparison.Ordinal) || file.EndsWith(".bicepparam", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(infra.FullName, Path.GetFileName(file)), overwrite: true);
        if (!Directory.Exists(Path.Combine(_folder.FullName, "src")))
            Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "src"), Repository.File("src"));
        var start = new ProcessStartInfo(Path.Combine(bin.FullName, "sh"), ["infra/" + script, .. arguments]) { WorkingDirectory = _folder.FullName, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in answers.Prepend(("NHI_ALERT_EMAILS", "a@example.com")).Append(("PATH", bin.FullName)).Append(("HOME", _folder.FullName)).Append(("FOLDER", _folder.FullName)))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output + await errors);
    }

    private static void Install(string file, string text)
    {
        File.WriteAllText(file, text.ReplaceLineEndings("\n") + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [GeneratedRegex(@"^(?<how>ok|told|FAILED) +(?<check>[a-z-]+): ", RegexOptions.Multiline)]
    private static partial Regex LinePattern();

    [GeneratedRegex(@"^check ([a-z-]+)$", RegexOptions.Multiline)]
    private static partial Regex CheckPattern();

    [GeneratedRegex("""--query (?:"[^"]*\| \[0\]\.\[|'[^']*rows\[0\]'|['"]\[\w+,)[^\n]*--output tsv""")]
    private static partial Regex OneListPattern();

    [GeneratedRegex(@"[A-Za-z/]+\.md\b")]
    private static partial Regex PagePattern();
}
