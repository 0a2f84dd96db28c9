using System.CommandLine;
using Tidemark.Sinks.Redis;

namespace Tidemark.Cli;

/// <summary>
/// The option <c>--redis</c>, alike in all commands, and what completes it: the configuration and the password from the environment.
/// </summary>
internal static class RedisArgument
{
    /// <summary>Where the password is looked for: a command line is seen by everybody on the machine.</summary>
    public const string PasswordVariable = "TIDEMARK_REDIS_PASSWORD";

    /// <summary>The option.</summary>
    /// <param name="does">What the command does with the server.</param>
    public static Option<string?> Create(string does) => new("--redis")
    {
        HelpName = "HOST:PORT",
        Description = $"{does} The password is taken from {PasswordVariable}; TLS, user, key prefix and retention from --config.",
    };

    /// <summary>The options for an endpoint.</summary>
    /// <returns>All mistakes, each under the name of the option or of the configuration's key.</returns>
    public static IReadOnlyList<string> Complete(string endpoint, RedisOptions configured, CommandContext context, out RedisOptions options)
    {
        string? password = context.Environment(PasswordVariable);
        options = configured with { Endpoint = endpoint, Password = string.IsNullOrEmpty(password) ? null : password };
        return [.. options.Validate().Select(mistake => mistake.Replace("redis.endpoint:", "--redis:", StringComparison.Ordinal))];
    }
}
