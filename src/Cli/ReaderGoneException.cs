namespace Tidemark.Cli;

/// <summary>
/// Nobody reads standard output any more, as when <c>| head</c> has what it wants. That is no failure: the command ends without a word,
/// having done what must not be left half done.
/// </summary>
/// <param name="cause">What the operating system said.</param>
internal sealed class ReaderGoneException(Exception cause) : Exception("nobody reads standard output any more", cause);
