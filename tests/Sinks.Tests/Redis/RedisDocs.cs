using System.Text.RegularExpressions;

namespace Tidemark.Sinks.Tests.Redis;

/// <summary>Commands from docs/REDIS.md, so that the tests use exactly what users are told to type.</summary>
internal static partial class RedisDocs
{
    /// <summary>The rights of the documented ACL user, with its prefix replaced.</summary>
    public static string AclRules(string prefix)
    {
        Match rule = AclLine().Match(Text());
        Assert.True(rule.Success, "docs/REDIS.md holds an ACL SETUSER line");
        return rule.Groups[1].Value.Trim().Replace("shop:", prefix, StringComparison.Ordinal);
    }

    /// <summary>The script that counts users over a range.</summary>
    public static string UsersScript()
    {
        Match script = UsersLine().Match(Text());
        Assert.True(script.Success, "docs/REDIS.md holds an EVAL line");
        return script.Groups[1].Value;
    }

    private static string Text()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string file = Path.Combine(directory.FullName, "docs", "REDIS.md");
            if (File.Exists(file))
            {
                return File.ReadAllText(file);
            }
        }

        throw new FileNotFoundException("docs/REDIS.md is missing.");
    }

    [GeneratedRegex("EVAL \"(.*)\" 1 metrics:timeseries")]
    private static partial Regex UsersLine();

    [GeneratedRegex(@"ACL SETUSER \S+ on >\S+ (.*)")]
    private static partial Regex AclLine();
}
