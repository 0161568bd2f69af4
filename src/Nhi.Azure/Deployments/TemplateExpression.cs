using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Nhi.Azure.Identities;

namespace Nhi.Azure.Deployments;

/// <summary>
/// The expressions that the compiler leaves in a snapshot, since only Azure knows their values: <c>reference</c> (read from Azure), <c>environment</c> (of the cloud), <c>format</c> over both.
/// Any other is not evaluated, and said to be so.
/// </summary>
internal sealed class TemplateExpression(DeploymentReads arm, CancellationToken ct)
{
    /// <summary>What a text of a template means: itself, or the value of its expression; null for one that is not known here or whose resource could not be read.</summary>
    public async Task<string?> ValueAsync(string text)
    {
        if (!IsExpression(text))
            return text.StartsWith("[[", StringComparison.Ordinal) ? text[1..] : text;
        try
        {
            var reader = new Reader(text[1..^1]);
            var value = await ReadAsync(reader);
            return reader.AtEnd && value is JsonValue known ? known.ToString() : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static bool IsExpression(string text) => text.StartsWith('[') && text.EndsWith(']') && !text.StartsWith("[[", StringComparison.Ordinal);

    private async Task<JsonNode?> ReadAsync(Reader reader)
    {
        if (reader.TryText(out var text))
            return JsonValue.Create(text);
        var name = reader.Name();
        reader.Expect('(');
        List<JsonNode?> arguments = [];
        while (!reader.Take(')'))
        {
            if (arguments.Count > 0)
                reader.Expect(',');
            arguments.Add(await ReadAsync(reader));
        }

        var value = await CallAsync(name, arguments);
        while (reader.Take('.'))
            value = Member(value, reader.Name());
        return value;
    }

    private async Task<JsonNode?> CallAsync(string name, List<JsonNode?> arguments) => name switch
    {
        "reference" when arguments is [JsonValue id, JsonValue version] => await ReferenceAsync(id.ToString(), version.ToString(), full: false),
        "reference" when arguments is [JsonValue id, JsonValue version, JsonValue full] && full.ToString() == "full" => await ReferenceAsync(id.ToString(), version.ToString(), full: true),
        "environment" when arguments.Count == 0 => Environment(arm.Cloud),
        "format" when arguments.Count > 0 && arguments.All(one => one is JsonValue) =>
            JsonValue.Create(string.Format(CultureInfo.InvariantCulture, arguments[0]!.ToString(), [.. arguments.Skip(1).Select(one => one!.ToString())])),
        "createArray" => new JsonArray([.. arguments.Select(one => one?.DeepClone())]),
        "join" when arguments is [JsonArray list, JsonValue between] && list.All(one => one is JsonValue) => JsonValue.Create(string.Join(between.ToString(), list.Select(one => one!.ToString()))),
        _ => throw new FormatException(),
    };

    private async Task<JsonNode?> ReferenceAsync(string id, string version, bool full)
    {
        if (!ArmIds.IsOne(id) || !ArmIds.IsApiVersion(version))
            throw new FormatException();
        var answer = await arm.GetAsync(id, version, ct);
        return full ? answer.Body : answer.Body?["properties"];
    }

    private static JsonNode? Member(JsonNode? value, string name) => value is JsonObject json ? json.FirstOrDefault(one => string.Equals(one.Key, name, StringComparison.OrdinalIgnoreCase)).Value : null;

    private static JsonObject Environment(AzureCloud cloud) => new()
    {
        ["name"] = cloud.AzureName,
        ["suffixes"] = new JsonObject { ["storage"] = cloud.StorageSuffix.TrimStart('.'), ["keyvaultDns"] = cloud.VaultSuffix },
    };

    /// <summary>The tokens of an expression. Throws <see cref="FormatException"/> for what it does not expect.</summary>
    private sealed class Reader(string text)
    {
        private int _at;

        public bool AtEnd
        {
            get
            {
                Skip();
                return _at == text.Length;
            }
        }

        public bool Take(char c)
        {
            Skip();
            if (_at >= text.Length || text[_at] != c)
                return false;
            _at++;
            return true;
        }

        public void Expect(char c)
        {
            if (!Take(c))
                throw new FormatException();
        }

        public string Name()
        {
            Skip();
            var begin = _at;
            while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
                _at++;
            return _at > begin ? text[begin.._at] : throw new FormatException();
        }

        /// <summary>In single quotes, one within doubled.</summary>
        public bool TryText(out string value)
        {
            value = "";
            if (!Take('\''))
                return false;
            var read = new StringBuilder();
            for (; _at < text.Length; _at++)
            {
                if (text[_at] != '\'')
                {
                    read.Append(text[_at]);
                    continue;
                }

                if (_at + 1 < text.Length && text[_at + 1] == '\'')
                {
                    read.Append('\'');
                    _at++;
                    continue;
                }

                _at++;
                value = read.ToString();
                return true;
            }

            throw new FormatException();
        }

        private void Skip()
        {
            while (_at < text.Length && text[_at] is ' ' or '\n' or '\r' or '\t')
                _at++;
        }
    }
}
