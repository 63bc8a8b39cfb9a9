using Hello;
using Mirage;

var arguments = new HelloArguments();
return HostMain.Run(arguments.Boot, args, (_, cancellation)
    => new Hello<StreamConsole>(StreamConsole.Standard, arguments.Greeting.Value).StartAsync(cancellation));
