import java.io.IOException;
import java.net.Socket;

/** Opens a socket on a schedule and closes it at once: java Dial.java HOST PORT PER_SECOND SECONDS. */
public class Dial {
    public static void main(String[] args) throws InterruptedException {
        String host = args[0];
        int port = Integer.parseInt(args[1]);
        double perSecond = Double.parseDouble(args[2]);
        long total = Math.round(perSecond * Double.parseDouble(args[3]));
        System.out.println("dialling");
        long start = System.nanoTime();
        for (long n = 0; n < total; n++) {
            long due = start + Math.round(n / perSecond * 1e9);
            Thread.sleep(Math.max(0, (due - System.nanoTime()) / 1_000_000));
            try (Socket socket = new Socket(host, port)) {
                socket.setTcpNoDelay(true);
            } catch (IOException error) {
                System.out.println(error);
            }
        }
    }
}
