using System.Text.RegularExpressions;

namespace Tidemark.Functions.Hosting;

/// <summary>Removes passwords and keys from texts that are shown, since exceptions of libraries may quote a connection string.</summary>
internal static partial class Secrets
{
    private const string Hidden = "***";

    /// <summary>Removes given secrets, and everything that looks like a key of a connection string or of a signed URL.</summary>
    public static string Hide(string text, IEnumerable<string?> secrets)
    {
        foreach (string secret in secrets.OfType<string>().Where(secret => secret.Length > 0).OrderByDescending(secret => secret.Length))
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return Key().Replace(text, $"$1{Hidden}");
    }

    [GeneratedRegex(@"\b((?:\w*key|\w*signature|\w*password|pwd|sig)\s*=\s*)[^;&\s""']+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Key();
}
