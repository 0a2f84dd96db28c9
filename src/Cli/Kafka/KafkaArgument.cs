namespace Tidemark.Cli.Kafka;

/// <summary>A topic as the value of an option.</summary>
internal static class KafkaArgument
{
    /// <summary>Reads an address, and has librdkafka look at its properties.</summary>
    /// <param name="option">The name of the option, for the mistakes.</param>
    /// <param name="text">The address.</param>
    /// <param name="isSource">Whether it is read from.</param>
    /// <param name="mistakes">Takes every mistake.</param>
    public static KafkaAddress Parse(string option, string text, bool isSource, ICollection<string> mistakes)
    {
        List<string> found = [];
        KafkaAddress address = KafkaAddress.Parse(text, isSource, found);
        found.AddRange(KafkaSettings.Mistakes(address.Properties));
        foreach (string mistake in found)
        {
            mistakes.Add($"{option}: {mistake}");
        }

        return address;
    }

    /// <summary>Completes an address by the configuration and the environment.</summary>
    /// <param name="option">The name of the option, for the mistakes.</param>
    /// <param name="address">The address.</param>
    /// <param name="configured"><c>kafka</c> of the configuration.</param>
    /// <param name="context">Reads the environment.</param>
    /// <param name="mistakes">Takes what is wrong with all of them together, if nothing is wrong with one alone.</param>
    public static KafkaSettings Complete(
        string option, KafkaAddress address, IReadOnlyDictionary<string, string> configured, CommandContext context, ICollection<string> mistakes)
    {
        KafkaSettings settings = KafkaSettings.Of(address, configured, context);
        if (mistakes.Count == 0 && settings.MistakeTogether() is { } mistake)
        {
            mistakes.Add($"{option}: {mistake}");
        }

        return settings;
    }
}
