using Confluent.Kafka;

namespace Tidemark.Cli.Kafka;

/// <summary>What the client says is wrong, with what to do about it.</summary>
internal static class KafkaProblem
{
    /// <summary>Whether trying again may help: brokers come and go, and leaders change.</summary>
    public static bool IsPassing(ErrorCode code) => code is ErrorCode.Local_Transport or ErrorCode.Local_AllBrokersDown or ErrorCode.Local_Resolve
        or ErrorCode.Local_TimedOut or ErrorCode.Local_TimedOutQueue or ErrorCode.Local_WaitCoord or ErrorCode.Local_WaitCache or ErrorCode.Local_Retry
        or ErrorCode.LeaderNotAvailable or ErrorCode.NotLeaderForPartition or ErrorCode.RequestTimedOut or ErrorCode.BrokerNotAvailable
        or ErrorCode.ReplicaNotAvailable or ErrorCode.NetworkException
        or ErrorCode.KafkaStorageError or ErrorCode.FencedLeaderEpoch or ErrorCode.UnknownLeaderEpoch or ErrorCode.OffsetNotAvailable;

    /// <summary>Whether the login or the encryption is refused: who tries again is refused again.</summary>
    public static bool IsRefusal(ErrorCode code) => code is ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed
        or ErrorCode.Local_Ssl or ErrorCode.UnsupportedSaslMechanism or ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed;

    /// <summary>One sentence that says why, and one that says what to do.</summary>
    /// <param name="error">What is wrong.</param>
    public static string Explain(Error error) => $"{error.Reason.Trim().TrimEnd('.')}. {Advice(error.Code)}";

    private static string Advice(ErrorCode code) => code switch
    {
        ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownTopic or ErrorCode.Local_UnknownPartition => "Make the topic, or correct the address",
        ErrorCode.TopicAuthorizationFailed or ErrorCode.ClusterAuthorizationFailed => "Give the login the right to this topic",
        ErrorCode.GroupAuthorizationFailed => "Give the login the right to this group, or leave out ?group=",
        ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism =>
            $"Check security.protocol, sasl.mechanism and sasl.username in kafka of --config, and {KafkaSettings.PasswordVariable}",
        ErrorCode.Local_Ssl => "Check security.protocol and ssl.ca.location in kafka of --config, and the port",
        ErrorCode.MsgSizeTooLarge => "Raise max.message.bytes of the topic",
        ErrorCode.Local_BadMsg or ErrorCode.Local_BadCompression or ErrorCode.InvalidMsg =>
            "What lies there is damaged, or compressed in a way that this build does not know; nothing was passed over",
        _ => "Check that the brokers run and can be reached from here",
    };
}
