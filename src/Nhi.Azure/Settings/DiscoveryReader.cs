using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace Nhi.Azure.Settings;

/// <summary>Reads <c>Nhi__Discovery</c>. Names go into a query, so nothing that could end a text in it is taken.</summary>
/// <param name="section">The section <c>Nhi</c>.</param>
/// <param name="fault">Takes a fault: the setting's name without <c>Nhi:</c>, what is wrong, and the remedy.</param>
internal sealed partial class DiscoveryReader(IConfigurationSection section, Action<string, string, string> fault)
{
    /// <summary>Null where no vault is to be looked for.</summary>
    public DiscoverySettings? Read()
    {
        var groups = Names("ManagementGroups", GroupName(), "is no id of a management group.", "Use its id, e.g. mg-corp: letters, digits and - _ ( ) . only.");
        var subscriptions = Names("Subscriptions", SubscriptionId(), "is no id of a subscription.", "Use a GUID with dashes.");
        var tag = Text("Discovery:Tag");
        var environment = Text("Discovery:Environment");
        if (groups.Count == 0 && subscriptions.Count == 0 && tag is null)
        {
            if (environment is not null)
                fault("Discovery:Environment", "is set, but nothing says which vaults are looked for.", "Set Nhi__Discovery__ManagementGroups__0, Nhi__Discovery__Subscriptions__0 or Nhi__Discovery__Tag too, or leave it out.");
            return null;
        }

        if (groups.Count > 0 && subscriptions.Count > 0)
            fault("Discovery:Subscriptions:0", "is set beside Nhi__Discovery__ManagementGroups__0.", "One query is of one or of the other: leave one of the two out.");
        if (!EnvironmentName.IsOne(environment))
            fault("Discovery:Environment", environment is null ? "is not set, but vaults are discovered." : $"is '{SettingsReader.Shown(environment)}'.", "Name the environment whose rotator works in vaults without a tag nhi-environment: 1 to 32 letters, digits and dashes.");
        var match = TagText().Match(tag ?? "");
        if (tag is not null && !match.Success)
            fault("Discovery:Tag", $"is '{SettingsReader.Shown(tag)}'.", "Write NAME or NAME=VALUE, of letters, digits, spaces and - _ . : / @ only.");
        return new DiscoverySettings(groups, subscriptions, Group(match, "name"), Group(match, "value"), (environment ?? "").ToLowerInvariant());
    }

    private List<string> Names(string list, Regex form, string what, string remedy)
    {
        List<string> names = [];
        foreach (var child in section.GetSection($"Discovery:{list}").GetChildren().OrderBy(child => int.TryParse(child.Key, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue))
        {
            if (Text($"Discovery:{list}:{child.Key}") is not { } name)
                continue;
            if (!form.IsMatch(name))
                fault($"Discovery:{list}:{child.Key}", what, remedy);
            names.Add(name);
        }

        return names;
    }

    private string? Text(string name) => section[name] is { } text && !string.IsNullOrWhiteSpace(text) ? text.Trim() : null;

    private static string? Group(Match match, string name) => match.Groups[name] is { Success: true } group ? group.Value : null;

    [GeneratedRegex(@"\A[0-9A-Za-z_(][0-9A-Za-z_().-]{0,89}\z")]
    private static partial Regex GroupName();

    [GeneratedRegex(@"\A[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\z")]
    private static partial Regex SubscriptionId();

    [GeneratedRegex(@"\A(?<name>[0-9A-Za-z_.:/@ -]{1,128})(=(?<value>[0-9A-Za-z_.:/@ -]{1,256}))?\z")]
    private static partial Regex TagText();
}
