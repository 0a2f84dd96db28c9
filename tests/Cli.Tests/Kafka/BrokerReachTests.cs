using Confluent.Kafka;
using Tidemark.Cli.Kafka;

namespace Tidemark.Cli.Tests.Kafka;

public sealed class BrokerReachTests
{
    private readonly List<string> _said = [];
    private readonly BrokerReach _reach;

    public BrokerReachTests() => _reach = new BrokerReach("kafka://b:1/t", _said.Add);

    [Fact]
    public void Note_AllBrokersDownAgainAndAgain_IsToldOnceWithTheReasonAndOnceThatItIsOver()
    {
        _reach.Note(new Error(ErrorCode.Local_Transport, "b:1: Connection refused"));
        Assert.Empty(_said); // one of them
        for (int i = 0; i < 3; i++)
        {
            _reach.Note(new Error(ErrorCode.Local_AllBrokersDown, "1/1 brokers are down"));
        }

        Assert.True(_reach.IsLost);
        _reach.Answered();
        _reach.Answered();

        Assert.False(_reach.IsLost);
        Assert.Equal(
            [
                "kafka://b:1/t: no broker answers: b:1: Connection refused. "
                    + "Check that the brokers run and can be reached from here. It is tried again until one does; nothing is lost",
                "kafka://b:1/t: a broker answers again",
            ],
            _said);
    }

    [Fact]
    public void Note_GroupIsForbidden_IsToldOnce()
    {
        _reach.Note(new Error(ErrorCode.GroupAuthorizationFailed));
        _reach.Note(new Error(ErrorCode.GroupAuthorizationFailed));

        Assert.Contains("the group is not told how far it was counted", Assert.Single(_said), StringComparison.Ordinal);
        Assert.False(_reach.IsLost);
    }

    [Fact]
    public void Note_LoginIsRefused_IsTheReasonEvenIfOthersFollow()
    {
        _reach.Note(new Error(ErrorCode.Local_Authentication, "Invalid credentials"));
        _reach.Note(new Error(ErrorCode.Local_AllBrokersDown, "1/1 brokers are down"));

        Assert.Contains("Invalid credentials", Assert.Single(_said), StringComparison.Ordinal);
    }
}
