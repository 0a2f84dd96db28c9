using System.Text.RegularExpressions;

namespace Tidemark.Functions.Hosting;

/// <summary>Keeps passwords and keys out of texts that people are shown: other people's errors may quote a connection string.</summary>
internal static partial class Secrets
{
    private const string Hidden = "***";

    /// <summary>A text without these secrets, and without whatever looks like a key of a connection string or of a signed address.</summary>
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
