namespace Tidemark.Dashboard.Api;

/// <summary>The headers that keep a browser from doing anything with an answer that it is not meant for.</summary>
public static class SecurityHeaders
{
    /// <summary>For everything but the page: it is data, and nothing in it may run or be framed.</summary>
    public static IReadOnlyDictionary<string, string> Data { get; } = Of("default-src 'none'; frame-ancestors 'none'");

    /// <summary>For the page: its own scripts, styles and requests, and nothing from anywhere else.</summary>
    public static IReadOnlyDictionary<string, string> Page { get; } = Of(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'");

    private static Dictionary<string, string> Of(string policy) => new()
    {
        ["Content-Security-Policy"] = policy,
        ["X-Content-Type-Options"] = "nosniff",
        ["X-Frame-Options"] = "DENY",
        ["Referrer-Policy"] = "no-referrer",
        ["Cross-Origin-Opener-Policy"] = "same-origin",
        ["Cross-Origin-Resource-Policy"] = "same-origin",
        ["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()",
    };
}
