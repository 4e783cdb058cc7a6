// SPDX-License-Identifier: GPL-2.0-only
/*
 * kiosk-spi: an SPI bus whose transfers are read as a stream of records from /dev/kiosk-spi:
 * one byte D/C level (0 or 1), four bytes length (little-endian), the bytes.
 * A transfer takes as long as its clock says; MISO is not connected and reads as zeros.
 */
#include <asm/unaligned.h>
#include <linux/delay.h>
#include <linux/gpio/driver.h>
#include <linux/kfifo.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/poll.h>
#include <linux/spi/spi.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>

#define FIFO_BYTES (8 << 20)
#define HEADER 5

static unsigned int dc = 24;
module_param(dc, uint, 0644);
MODULE_PARM_DESC(dc, "line of the D/C signal, an offset in the simulated chip");
static char *chip = "pinctrl-sim";
module_param(chip, charp, 0444);
MODULE_PARM_DESC(chip, "label of the simulated chip");
static unsigned int fail_nth;
module_param(fail_nth, uint, 0644);
MODULE_PARM_DESC(fail_nth, "the n-th transfer from now fails with EIO, then this is 0 again");
static bool absent;
module_param(absent, bool, 0644);
MODULE_PARM_DESC(absent, "every transfer fails with EIO");
static unsigned int timeout_ms = 5000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "how long a transfer waits for the reader when the queue is full");
static unsigned long transfers, bytes, overflows, failed;
module_param(transfers, ulong, 0444);
module_param(bytes, ulong, 0444);
module_param(overflows, ulong, 0444);
module_param(failed, ulong, 0444);

static struct kfifo fifo; /* one writer (the bus), one reader (reading): needs no lock between them */
static DEFINE_MUTEX(reading);
static DECLARE_WAIT_QUEUE_HEAD(filled);
static DECLARE_WAIT_QUEUE_HEAD(drained);
static struct gpio_chip *pins;

static int by_label(struct gpio_chip *gc, void *label)
{
	return gc->label && !strcmp(gc->label, label);
}

static bool told_to_fail(void)
{
	bool now;

	kernel_param_lock(THIS_MODULE);
	now = absent || (fail_nth && !--fail_nth);
	kernel_param_unlock(THIS_MODULE);
	return now;
}

static int kiosk_transfer(struct spi_controller *ctlr, struct spi_device *spi, struct spi_transfer *x)
{
	ktime_t start = ktime_get();
	u8 head[HEADER];
	s64 us;

	if (told_to_fail()) {
		failed++;
		return -EIO;
	}
	/* The line belongs to the program that drives the panel, so it is looked at, not requested. */
	head[0] = dc < pins->ngpio && pins->get(pins, dc) > 0;
	put_unaligned_le32(x->len, head + 1);
	if (!wait_event_timeout(drained, kfifo_avail(&fifo) >= HEADER + x->len, msecs_to_jiffies(timeout_ms))) {
		overflows++;
		return -EIO;
	}
	kfifo_in(&fifo, head, HEADER);
	if (x->tx_buf) {
		kfifo_in(&fifo, x->tx_buf, x->len);
	} else {
		u8 zeros[64] = {};
		unsigned int n, left;

		for (left = x->len; left; left -= n) {
			n = min_t(unsigned int, left, sizeof(zeros));
			kfifo_in(&fifo, zeros, n);
		}
	}
	wake_up_interruptible(&filled);
	if (x->rx_buf)
		memset(x->rx_buf, 0, x->len);
	transfers++;
	bytes += x->len;
	us = div_u64((u64)x->len * 8 * USEC_PER_SEC, x->speed_hz ?: 1) - ktime_us_delta(ktime_get(), start);
	if (us > 0)
		usleep_range(us, us + us / 64 + 1);
	return 0;
}

static ssize_t kiosk_read(struct file *file, char __user *to, size_t len, loff_t *pos)
{
	unsigned int copied = 0;
	int err = mutex_lock_interruptible(&reading);

	if (err)
		return err;
	if (kfifo_is_empty(&fifo)) {
		err = file->f_flags & O_NONBLOCK ? -EAGAIN :
			wait_event_interruptible(filled, !kfifo_is_empty(&fifo));
	}
	if (!err)
		err = kfifo_to_user(&fifo, to, len, &copied);
	mutex_unlock(&reading);
	wake_up(&drained);
	return err ? err : (ssize_t)copied;
}

static __poll_t kiosk_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &filled, wait);
	return kfifo_is_empty(&fifo) ? 0 : EPOLLIN | EPOLLRDNORM;
}

static const struct file_operations kiosk_fops = {
	.owner = THIS_MODULE,
	.read = kiosk_read,
	.poll = kiosk_poll,
	.llseek = noop_llseek,
};
static struct miscdevice kiosk_misc = { .minor = MISC_DYNAMIC_MINOR, .name = "kiosk-spi", .fops = &kiosk_fops, .mode = 0600 };

static int kiosk_probe(struct platform_device *pdev)
{
	struct spi_controller *ctlr;

	pins = gpiochip_find(chip, by_label);
	if (!pins)
		return -EPROBE_DEFER;
	of_property_read_u32(pdev->dev.of_node, "kiosk,dc-line", &dc);
	ctlr = devm_spi_alloc_master(&pdev->dev, 0);
	if (!ctlr)
		return -ENOMEM;
	ctlr->dev.of_node = pdev->dev.of_node;
	ctlr->num_chipselect = 1;
	ctlr->mode_bits = SPI_CPOL | SPI_CPHA | SPI_CS_HIGH | SPI_NO_CS | SPI_3WIRE;
	ctlr->bits_per_word_mask = SPI_BPW_MASK(8); /* as on a Pi */
	ctlr->max_speed_hz = 125000000;
	ctlr->min_speed_hz = 100;
	ctlr->transfer_one = kiosk_transfer;
	return devm_spi_register_controller(&pdev->dev, ctlr);
}

static const struct of_device_id kiosk_of[] = { { .compatible = "kiosk,spi" }, {} };
MODULE_DEVICE_TABLE(of, kiosk_of);
static struct platform_driver kiosk_driver = {
	.driver = { .name = "kiosk-spi", .of_match_table = kiosk_of },
	.probe = kiosk_probe,
};

static int __init kiosk_init(void)
{
	void *room = vmalloc(FIFO_BYTES);
	int err;

	if (!room)
		return -ENOMEM;
	err = kfifo_init(&fifo, room, FIFO_BYTES);
	if (!err)
		err = misc_register(&kiosk_misc);
	if (err)
		goto free;
	err = platform_driver_register(&kiosk_driver);
	if (!err)
		return 0;
	misc_deregister(&kiosk_misc);
free:
	vfree(room);
	return err;
}
module_init(kiosk_init); /* no exit: the rig never unloads it */

MODULE_DESCRIPTION("SPI bus whose transfers are read on the host");
MODULE_LICENSE("GPL");
