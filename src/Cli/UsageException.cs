namespace Tidemark.Cli;

/// <summary>The command line cannot be used, which was found out only when files were opened. The message is one sentence for a person.</summary>
internal sealed class UsageException(string message) : Exception(message);
