using System.Globalization;
using Nhi.Local.Demo.Estate;
using Spectre.Console;

namespace Nhi.Local.Demo.Screen;

/// <summary>The estate, a line a credential, as its vaults hold it.</summary>
internal static class EstateTable
{
    public static void Write(Stage stage)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["credential", "kind", "versions", "last rotated", "owed", "revoked", "expires", "state"]) table.AddColumn(column);
        foreach (var secret in VaultView.Read(stage.World))
            table.AddRow(
                Markup.Escape($"{secret.Credential.Vault}/{secret.Credential.Name}"), Markup.Escape(secret.Credential.Kind), Text(secret.Versions.Count),
                secret.LastRotated is { } at ? Day(at) : "-", Text(secret.Owed), Text(secret.Revoked), secret.Current.Expires is { } end ? Day(end) : "-", State(secret));
        stage.Narrator.Write(table);
    }

    private static string State(SeenSecret secret) =>
        secret.Credential.IsCertificate ? "left to its certificate"
        : secret.Credential.Kind == DemoEstate.Untagged ? "finding: nobody knows what it opens"
        : !secret.Credential.Governed ? "watched"
        : secret.Current.Tag?.Op is null ? "not governed yet"
        : secret.Owed > 0 ? "in overlap"
        : "governed";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Day(DateTimeOffset at) => at.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
