using System.Reflection;
using Microsoft.Extensions.Logging;
using Tidemark.Functions.Hosting;

namespace Tidemark.Functions.Tests.Hosting;

public sealed class LogMessagesTests
{
    [Fact]
    public void Messages_EventIds_AreTheirOwn()
    {
        int[] ids = [.. typeof(LogMessages).GetMethods(BindingFlags.Static | BindingFlags.Public).Select(method =>
            method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().Select(message => message.EventId)];
        Assert.True(ids.Length > 10);
        Assert.Distinct(ids);
    }
}
