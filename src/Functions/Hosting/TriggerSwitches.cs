using Tidemark.Functions.Ingest;

namespace Tidemark.Functions.Hosting;

/// <summary>
/// Checks the switches of the two Kafka triggers as the Functions host reads them. Exactly one must be enabled, and it must use the
/// protocol of the app's own clients;
/// otherwise the host stops at a trigger without a login, reads nothing, or reads everything twice.
/// </summary>
internal static class TriggerSwitches
{
    /// <summary>The protocol of the trigger without a login.</summary>
    public const string PlainProtocol = "Plaintext";

    /// <summary>The protocol of the trigger with a login.</summary>
    public const string SaslProtocol = "SaslSsl";

    private const string Plain = nameof(IngestFunction);
    private const string Sasl = nameof(IngestFunction.SaslIngestFunction);

    /// <summary>Adds mistakes in the switches.</summary>
    public static void Check(Settings settings, string protocol)
    {
        bool isPlainOn = IsOn(settings, Plain);
        bool isSaslOn = IsOn(settings, Sasl);
        (string wanted, string other) = protocol == PlainProtocol ? (Plain, Sasl) : (Sasl, Plain);
        if (isPlainOn && isSaslOn)
        {
            settings.Mistake(
                $"{Setting(other)}: expected true, since exactly one of the triggers {Plain} and {Sasl} must be on, "
                    + $"and with KafkaProtocol {protocol} it is {wanted}; both are on{Advice(settings, other)}");
        }
        else if (!isPlainOn && !isSaslOn)
        {
            settings.Mistake(
                $"{Setting(wanted)}: expected false or none, since exactly one of the triggers {Plain} and {Sasl} must be on, "
                    + $"and with KafkaProtocol {protocol} it is {wanted}; both are off");
        }
        else if (isPlainOn != (wanted == Plain))
        {
            settings.Mistake(
                $"KafkaProtocol: expected {(isPlainOn ? PlainProtocol : SaslProtocol)}, "
                    + $"which is what {other} speaks, the trigger that is on; got {protocol}. "
                + $"To read with {wanted} set {Setting(other)} to true and {Setting(wanted)} to false");
        }
    }

    private static string Setting(string function) => $"AzureWebJobs.{function}.Disabled";

    /// <summary>
    /// Whether a trigger is switched off. In Azure on Linux, names of environment variables have underscores instead of dots; the host
    /// accepts both.
    /// </summary>
    private static bool IsOn(Settings settings, string function) =>
        !IsSet(settings.Text(Setting(function))) && !IsSet(settings.Unlisted($"AzureWebJobs_{function}_Disabled"));

    private static bool IsSet(string? value) => value == "1" || "true".Equals(value, StringComparison.OrdinalIgnoreCase);

    /// <summary>Advice for a spelling that looks like the other settings but is not read by the host.</summary>
    private static string Advice(Settings settings, string function) => settings.Unlisted($"AzureWebJobs__{function}__Disabled") is null
        ? ""
        : $" (AzureWebJobs__{function}__Disabled is set, which the Functions host does not read: write dots)";
}
