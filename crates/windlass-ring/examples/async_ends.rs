//! A producer and a consumer that are tasks; any runtime will do, here it is a loop.
#![allow(
    clippy::print_stdout,
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program prints, and has the standard library"
)]

use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use windlass_ring::one_to_one;

fn main() -> Result<(), Box<dyn Error>> {
    // Far fewer slots than events: both ends have to wait for each other.
    let (mut producer, mut poller) = one_to_one(8, || 0_u64)?;
    let write = async move {
        for n in 1..=100 {
            producer.publish_async(move |slot| *slot = n).await?;
        }
        Ok::<(), Box<dyn Error + Send + Sync>>(())
    };
    let read = async move {
        let mut sum = 0;
        while poller.ready().await.is_ok() {
            poller.poll().into_iter().for_each(|mut batch| batch.for_each(|n, _| sum += n));
        }
        sum
    };
    let (sum, written) = thread::scope(|scope| {
        let written = scope.spawn(|| block_on(write));
        (block_on(read), written.join())
    });
    println!("the sum of 1 to 100 is {sum}");
    assert!(matches!(written, Ok(Ok(()))), "the ring took all of them");
    assert_eq!(sum, 5_050, "every number arrived once");
    Ok(())
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[expect(clippy::disallowed_methods, reason = "as a program outside this workspace does it")]
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
